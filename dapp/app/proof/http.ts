// The one way to a server: bounded in bytes and time, counting what came in. What a server answers is not trusted.
import type { Bytes } from './bytes'
import { concat } from './bytes'
import { type ErrorKey, ProofError } from './error'
import { ANSWER_TIMEOUT_MS } from './limits'

/** Whom a request goes to; the sentences of errors name it. */
export type Who = 'rpc' | 'gateway' | 'service'

export interface Request {
  who: Who
  url: string
  /** JSON to post; a GET without. */
  body?: string
  /** Asks for the length only. */
  isHead?: boolean
  /** A longer answer is refused. */
  limitBytes: number
}

export interface Answer {
  status: number
  bytes: Bytes
  /** What the server says of the length of its answer; of `isHead`, the only thing there is. */
  lengthBytes?: number
}

export type Http = (request: Request) => Promise<Answer>

/** What the page knows and `fetch` does not tell. */
export interface HttpOptions {
  fetch?: typeof fetch
  /** Ends all requests. */
  signal?: AbortSignal
  timeoutMs?: number
  /** Address of the page: another origin may refuse it, and a page over https may not ask over http. */
  pageUrl?: string
  isOffline?: () => boolean
  /** Whether the page's own policy (CSP) refused this address. */
  isBlocked?: (url: string) => boolean | Promise<boolean>
  /** Called with the bytes of each part of an answer's body. */
  onBytes?: (count: number, who: Who) => void
}

/** Requests over `fetch`; throws a `ProofError` where there is no answer within the limits. */
export function httpOver(options: HttpOptions): Http {
  return async (request) => {
    refuseMixed(request, options.pageUrl)
    const ending = endingAfter(options.timeoutMs ?? ANSWER_TIMEOUT_MS, options.signal)
    try {
      const response = await send(request, ending.signal, options)
      const bytes = request.isHead ? new Uint8Array() : await readBody(response, request, options)
      return { status: response.status, bytes, lengthBytes: statedLength(response) }
    } catch (error) {
      if (error instanceof ProofError) throw error
      throw failure(await whyNot(request, ending.isLate(), options), request)
    } finally {
      ending.forget()
    }
  }
}

/** A signal after some time or with another one; by hand, since older phones lack `AbortSignal.any`. */
function endingAfter(timeoutMs: number, given?: AbortSignal) {
  const stop = new AbortController()
  let isLate = false
  const timer = setTimeout(() => {
    isLate = true
    stop.abort()
  }, timeoutMs)
  const end = () => stop.abort()
  if (given?.aborted) end()
  given?.addEventListener('abort', end)
  const forget = () => {
    clearTimeout(timer)
    given?.removeEventListener('abort', end)
  }
  return { signal: stop.signal, isLate: () => isLate, forget }
}

/** What the server says of the length; of a compressed answer it is that of the compressed bytes, and useless. */
function statedLength({ headers }: Response): number | undefined {
  const stated = headers.get('content-length')
  return stated && /^\d{1,12}$/.test(stated) && !headers.get('content-encoding') ? Number(stated) : undefined
}

/** An address, if it is one. */
export function urlOf(text: string): URL | undefined {
  try {
    return new URL(text)
  } catch {
    return undefined
  }
}

const failure = (key: ErrorKey, { who, url }: Request, more = {}) => new ProofError(key, { who, url, ...more })

function send({ url, body, isHead }: Request, signal: AbortSignal, options: HttpOptions): Promise<Response> {
  return (options.fetch ?? fetch)(url, {
    method: body !== undefined ? 'POST' : isHead ? 'HEAD' : 'GET',
    headers: body !== undefined ? { 'content-type': 'application/json' } : {},
    body,
    signal,
    credentials: 'omit',
    referrerPolicy: 'no-referrer',
  })
}

async function readBody(response: Response, request: Request, options: HttpOptions): Promise<Bytes> {
  const parts: Uint8Array[] = []
  let length = 0
  const reader = response.body?.getReader()
  for (let part = await reader?.read(); part && !part.done; part = await reader?.read()) {
    length += part.value.length
    options.onBytes?.(part.value.length, request.who)
    if (length > request.limitBytes) {
      void reader?.cancel().catch(() => {})
      throw failure('tooLarge', request, { limit: request.limitBytes })
    }
    parts.push(part.value)
  }
  return concat(...parts)
}

/** A page over https may ask http of this machine only: the browser stops the rest without saying so. */
function refuseMixed(request: Request, pageUrl: string | undefined): void {
  const url = urlOf(request.url)
  if (!url) throw failure('badUrl', request)
  const isHere = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(url.hostname)
  if (pageUrl?.startsWith('https:') && url.protocol === 'http:' && !isHere) throw failure('mixed', request)
}

/** Why `fetch` failed: browsers say only that it did. */
async function whyNot(request: Request, isLate: boolean, options: HttpOptions): Promise<ErrorKey> {
  if (options.signal?.aborted) return 'stopped'
  if (isLate) return 'slow'
  if (options.isOffline?.()) return 'offline'
  if (await options.isBlocked?.(request.url)) return 'blocked'
  const isOwn = !options.pageUrl || urlOf(request.url)?.origin === urlOf(options.pageUrl)?.origin
  return !isOwn && (await isThere(request.url, options)) ? 'cors' : 'away'
}

/** Whether somebody answers, readable or not: then it is this page's origin that is refused. */
async function isThere(url: string, options: HttpOptions): Promise<boolean> {
  const ending = endingAfter(options.timeoutMs ?? ANSWER_TIMEOUT_MS, options.signal)
  try {
    await (options.fetch ?? fetch)(url, { mode: 'no-cors', credentials: 'omit', signal: ending.signal })
    return true
  } catch {
    return false
  } finally {
    ending.forget()
  }
}
