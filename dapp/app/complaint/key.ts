// A key for one complaint alone: whoever has it is the filer, and nobody learns who that is. It is made here, and leaves this
// browser only in the part of the tracking link that browsers send to no server.
import { keccak256, SigningKey } from 'ethers/crypto'
import { getAddress } from 'ethers/address'
import { toHex } from '../proof/bytes'
import { statementDigest, type Statement } from './typed-data'
import type { TypedDataDomain } from 'ethers/hash'

const KEY = /^0x[0-9a-f]{64}$/

export function freshKey(): string {
  for (;;) {
    const key = `0x${toHex(crypto.getRandomValues(new Uint8Array(32)))}`
    if (isKey(key)) return key
  }
}

/** Whether a text is a key: 32 bytes, and a number of the curve. */
export function isKey(text: unknown): text is string {
  if (typeof text !== 'string' || !KEY.test(text)) return false
  try {
    return addressOf(text) !== ''
  } catch {
    return false
  }
}

/** The address of a key. */
export function addressOf(key: string): string {
  const point = SigningKey.computePublicKey(key, false)
  return getAddress(`0x${keccak256(`0x${point.slice(4)}`).slice(-40)}`)
}

/** A key's signature of a statement: 65 bytes. */
export const signWithKey = (statement: Statement, domain: TypedDataDomain, key: string): string =>
  new SigningKey(key).sign(statementDigest(statement, domain)).serialized
