// A block's name on IPFS: CIDv1, codec raw, sha2-256, base32 in lower case: the digest in another spelling.
import { fromHex, toHex } from './bytes'

/** Version 1, raw (0x55), sha2-256 (0x12), 32 bytes. */
const PREFIX = '01551220'
const BASE32 = 'abcdefghijklmnopqrstuvwxyz234567'

/** The CID of the block with this digest (64 hex digits). */
export function cidOf(digest: string): string {
  const bits = Array.from(fromHex(PREFIX + digest) ?? [], (byte) => byte.toString(2).padStart(8, '0')).join('')
  const letters = (bits.match(/.{1,5}/g) ?? []).map((five) => BASE32[Number.parseInt(five.padEnd(5, '0'), 2)])
  return `b${letters.join('')}`
}

/** The digest that a CID names, if it is of the one kind used here. */
export function digestOfCid(cid: string): string | undefined {
  if (!/^b[a-z2-7]{58}$/.test(cid)) return undefined
  const bits = Array.from(cid.slice(1), (letter) => BASE32.indexOf(letter).toString(2).padStart(5, '0')).join('')
  const bytes = Uint8Array.from((bits.match(/.{8}/g) ?? []).map((eight) => Number.parseInt(eight, 2)))
  const hex = toHex(bytes)
  // 58 letters hold 290 bits, of which the last two must be zero.
  return hex.startsWith(PREFIX) && bits.endsWith('00') ? hex.slice(PREFIX.length) : undefined
}
