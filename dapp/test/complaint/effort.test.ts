import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { effortHash, leadingZeroBits, tryStep } from '../../app/complaint/effort'
import { makeEffort, TooMuchEffort } from '../../app/complaint/makeEffort'

const sha = (...parts: Uint8Array[]) => {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part)
  return hash.digest()
}

const DIGEST = `0x${'ab'.repeat(32)}`

describe('effort', () => {
  it('counts zero bits', () => {
    const cases: [number[], number][] = [[[0xff], 0], [[0x7f], 1], [[0x1f], 3], [[0x0f], 4], [[0, 0xf0], 8], [[0, 1], 15]]
    for (const [hash, bits] of cases) expect(leadingZeroBits(Uint8Array.from(hash))).toBe(bits)
    expect(leadingZeroBits(new Uint8Array(32))).toBe(256)
  })
  it('is found in a step, and is SHA-256 of the digest and the number', () => {
    const digest = new Uint8Array(32).fill(0x12)
    const number = tryStep(digest, 8, 0)!
    const bytes = Buffer.alloc(8)
    bytes.writeBigUInt64BE(BigInt(number))
    const hash = sha(digest, bytes)
    expect(Buffer.from(effortHash(digest, number))).toEqual(hash)
    expect(hash[0]).toBe(0)
    for (let before = 0; before < number; before++) expect(leadingZeroBits(effortHash(digest, before))).toBeLessThan(8)
  })
  it('a step without one says so', () => {
    expect(tryStep(new Uint8Array(32), 28, 0)).toBeNull()
  })
  it('goes on in steps, tells how far it is, and can be stopped', async () => {
    const shares: number[] = []
    const found = await makeEffort(DIGEST, 15, (share) => shares.push(share), new AbortController().signal)
    expect(leadingZeroBits(effortHash(new Uint8Array(32).fill(0xab), found))).toBeGreaterThanOrEqual(15)
    expect(shares.every((share) => share > 0 && share < 1)).toBe(true)
    const stop = new AbortController()
    const long = makeEffort(DIGEST, 28, () => stop.abort(new Error('stopped')), stop.signal)
    await expect(long).rejects.toThrow('stopped')
  })
  it('is refused where no phone could do it', async () => {
    await expect(makeEffort(DIGEST, 29, () => {}, new AbortController().signal)).rejects.toThrow(TooMuchEffort)
  })
})
