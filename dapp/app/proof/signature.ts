// ECDSA with P-256 and SHA-256 (FIPS 186-5) by the browser: R‖S of 64 bytes, S at most half the order.
import type { Bytes } from './bytes'
import { fromBase64url, fromHex, toHex } from './bytes'
import { ProofError } from './error'
import { subtle } from './sha256'

/** The order of P-256 (FIPS 186-5, SP 800-186 section 3.2.1.3). */
const ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n
const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256' }

const integer = (bytes: Bytes): bigint => BigInt(`0x${toHex(bytes)}`)

/** R‖S from its 86 characters of base64url; both in range, S low. Whether it is anybody's is for `isSignedBy`. */
export function parseSignature(text: string): Bytes {
  const bytes = fromBase64url(text)
  if (bytes?.length !== 64) throw new ProofError('signatureRange')
  const r = integer(bytes.slice(0, 32))
  const s = integer(bytes.slice(32))
  if (r === 0n || r >= ORDER || s === 0n || s >= ORDER) throw new ProofError('signatureRange')
  if (s > ORDER / 2n) throw new ProofError('signatureHighS')
  return bytes
}

/** A public key from the hex of its uncompressed point `04 ‖ x ‖ y`; the browser refuses what is not on the curve. */
export async function importKey(hex: string): Promise<CryptoKey> {
  const point = fromHex(hex)
  if (point?.length !== 65 || point[0] !== 4) throw new ProofError('deviceKey')
  const keys = subtle()
  try {
    return await keys.importKey('raw', point, ALGORITHM, false, ['verify'])
  } catch {
    throw new ProofError('deviceKey')
  }
}

/** Whether this key signed these bytes. */
export const isSignedBy = (key: CryptoKey, bytes: Bytes, signature: Bytes): Promise<boolean> =>
  subtle().verify({ name: 'ECDSA', hash: 'SHA-256' }, key, signature, bytes)
