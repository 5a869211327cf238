// The proof's way to servers, in a browser.
import { type Http, httpOver } from '~/proof/http'

/** Addresses that the page's own policy (CSP) refused: `fetch` does not tell that apart from a server that is away. */
const blocked = new Set<string>()
/** A refusal is reported a moment after the request has failed. */
const REPORTED_AFTER_MS = 50
let isListening = false

function listen() {
  if (isListening) return
  isListening = true
  document.addEventListener('securitypolicyviolation', ({ blockedURI }) => blocked.add(originOf(blockedURI)))
}

/** Browsers report the whole address or its origin only. */
const originOf = (url: string) => {
  try {
    return new URL(url).origin
  } catch {
    return url
  }
}

export interface BrowserHttp {
  http: Http
  /** Bytes of answers so far. */
  receivedBytes: () => number
}

/** Requests that end with `signal`, and their count of bytes. */
export function browserHttp(signal?: AbortSignal): BrowserHttp {
  listen()
  let received = 0
  const http = httpOver({
    signal,
    pageUrl: document.baseURI,
    isOffline: () => !navigator.onLine,
    isBlocked: async (url) => {
      await new Promise((reported) => setTimeout(reported, REPORTED_AFTER_MS))
      return blocked.has(originOf(url))
    },
    onBytes: (count) => (received += count),
  })
  return { http, receivedBytes: () => received }
}
