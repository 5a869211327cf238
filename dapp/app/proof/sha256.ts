// SHA-256 by the browser. There is no other implementation here: where the browser takes `crypto.subtle` away (a page
// over plain http), a check must say so instead of trusting code that came with the page for one more thing.
import type { Bytes } from './bytes'
import { toHex } from './bytes'
import { ProofError } from './error'

/** Whether this page has WebCrypto: over https, on localhost, or from a file in some browsers. */
export const hasCrypto = (): boolean => globalThis.crypto?.subtle !== undefined

export function subtle(): SubtleCrypto {
  if (!hasCrypto()) throw new ProofError('noCrypto')
  return globalThis.crypto.subtle
}

export async function sha256(bytes: Bytes): Promise<Bytes> {
  return new Uint8Array(await subtle().digest('SHA-256', bytes))
}

/** A block's digest: SHA-256 in hex. */
export const digestOf = async (bytes: Bytes): Promise<string> => toHex(await sha256(bytes))
