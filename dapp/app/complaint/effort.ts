// Proof of effort: a number that makes a hash begin with zero bits. Cheap for one complaint, dear for a thousand; who pays is
// the phone, so it is done in small steps that can be shown and stopped.
import { sha256 } from '@noble/hashes/sha2.js'
import { type Bytes, concat, uint64 } from '../proof/bytes'

/** Most bits that are tried: more than this no phone does in time. */
export const MAX_EFFORT_BITS = 28
/** Hashes of one step. */
export const STEP_HASHES = 10_000

/** Bits of zero at the beginning of a hash. */
export function leadingZeroBits(hash: Uint8Array): number {
  const at = hash.findIndex((byte) => byte !== 0)
  return at < 0 ? hash.length * 8 : at * 8 + Math.clz32(hash[at]!) - 24
}

/** SHA-256 of the digest that was signed, and of the number in 8 bytes. */
export const effortHash = (digest: Bytes, number: number): Uint8Array => sha256(concat(digest, uint64(number)))

/** The first number of a step that will do; none where none of them does. */
export function tryStep(digest: Bytes, bits: number, from: number): number | null {
  const bytes = concat(digest, uint64(from))
  const view = new DataView(bytes.buffer)
  for (let number = from; number < from + STEP_HASHES; number++) {
    // The upper half too: a number may have 53 bits.
    view.setUint32(digest.length, Math.floor(number / 2 ** 32))
    view.setUint32(digest.length + 4, number >>> 0)
    if (leadingZeroBits(sha256(bytes)) >= bits) return number
  }
  return null
}
