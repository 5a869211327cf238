// Photos to and from the service. It keeps them apart from the chain, so that they can be erased; what it gives counts only
// if it has the digest that was filed.
import { serviceUrl } from '../api/service'
import { ApiError } from '../api/client'
import type { Bytes } from '../proof/bytes'
import { digestOf } from '../proof/sha256'

/** Milliseconds that a photo may take: as long as the service waits for it on a slow network. */
const TRANSFER_MS = 120_000
/** Codes of the service after which the same photo may be taken later. */
const AGAIN = ['INCOMPLETE', 'BUSY', 'UNAVAILABLE', 'NOT_NAMED']

async function request(url: string, init: RequestInit): Promise<Response> {
  const stop = new AbortController()
  const timer = setTimeout(() => stop.abort(), TRANSFER_MS)
  try {
    return await fetch(url, { ...init, signal: stop.signal, credentials: 'omit', referrerPolicy: 'no-referrer' })
  } catch {
    throw new ApiError(stop.signal.aborted ? 'timeout' : 'unreachable')
  } finally {
    clearTimeout(timer)
  }
}

/** Gives the service a photo that a text names. Gives why it never will take it; throws where it may do so later. */
export async function sendPhoto(digest: string, bytes: Bytes): Promise<string | null> {
  const response = await request(serviceUrl(`photo/${digest}`), { method: 'PUT', body: bytes })
  if (response.ok) return null
  const { code, message } = Object(await response.json().catch(() => ({}))) as { code?: unknown; message?: unknown }
  if (typeof code !== 'string' || AGAIN.includes(code)) throw new ApiError('refused', typeof message === 'string' ? message : String(response.status))
  return code
}

/** The photo with this digest; none where the service gives another one or has none. */
export async function fetchPhoto(digest: string, mediaType: string): Promise<Blob | null> {
  const response = await request(serviceUrl(`photo/${digest}`), {})
  if (!response.ok) return null
  const bytes = new Uint8Array(await response.arrayBuffer())
  return (await digestOf(bytes)) === digest ? new Blob([bytes], { type: mediaType }) : null
}
