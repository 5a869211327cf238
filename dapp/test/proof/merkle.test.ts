import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createHash } from 'node:crypto'
import { type Bytes, fromHex, toHex, utf8 } from '../../app/proof/bytes'
import { cidOf, digestOfCid } from '../../app/proof/cid'
import { leafHash, nodeHash, rootFromPath, rootOfLeaves } from '../../app/proof/merkle'
import { digestOf } from '../../app/proof/sha256'
import { BATCH, ROSTER } from './golden'

const MAX_SIZE = 200

const hash = (...parts: Uint8Array[]): Bytes => {
  const sha = createHash('sha256')
  for (const part of parts) sha.update(part)
  return Uint8Array.from(sha.digest())
}
const leaves = Array.from({ length: MAX_SIZE }, (_, i) => hash(Uint8Array.of(0), utf8(`leaf ${i}`)))

/** RFC 6962 section 2.1, as it is written there: k is the largest power of two below n. */
function split(n: number): number {
  let k = 1
  while (2 * k < n) k *= 2
  return k
}
function treeHash(d: Bytes[]): Bytes {
  if (d.length === 0) return hash()
  if (d.length === 1) return d[0]!
  const k = split(d.length)
  return hash(Uint8Array.of(1), treeHash(d.slice(0, k)), treeHash(d.slice(k)))
}
/** RFC 6962 section 2.1.1. */
function auditPath(m: number, d: Bytes[]): Bytes[] {
  if (d.length <= 1) return []
  const k = split(d.length)
  return m < k
    ? [...auditPath(m, d.slice(0, k)), treeHash(d.slice(k))]
    : [...auditPath(m - k, d.slice(k)), treeHash(d.slice(0, k))]
}

const sizes = fc.integer({ min: 1, max: MAX_SIZE })
const place = sizes.chain((treeSize) => fc.tuple(fc.constant(treeSize), fc.nat({ max: treeSize - 1 })))

describe('the tree of RFC 6962', () => {
  it('has the known values of the protocol', async () => {
    expect(toHex(await rootOfLeaves([]))).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855')
    expect(toHex(await leafHash(utf8('')))).toBe('6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d')
    expect(toHex(await leafHash(utf8('L123456')))).toBe('395aa064aa4c29f7010acfe3f25db9485bbd4b91897b6ad7ad547639252b4d56')
    expect(toHex(await nodeHash(utf8('N123'), utf8('N456')))).toBe('aa217fe888e47007fa15edab33c2b492a722cb106c64667fc2b044444de66bbb')
  })

  it('has the roots and paths of the recursive definition, in trees of 1 to 200', async () => {
    for (let treeSize = 1; treeSize <= MAX_SIZE; treeSize++) {
      const d = leaves.slice(0, treeSize)
      const root = toHex(treeHash(d))
      expect(toHex(await rootOfLeaves(d))).toBe(root)
      // Every leaf of the small trees, the edges of the others; the property below takes the rest at random.
      const indices = treeSize <= 40 ? d.keys() : [0, 1, split(treeSize) - 1, split(treeSize), treeSize - 2, treeSize - 1]
      for (const leafIndex of indices) {
        const path = auditPath(leafIndex, d)
        expect(toHex(await rootFromPath(d[leafIndex]!, { leafIndex, treeSize, path }))).toBe(root)
      }
    }
  }, 60_000)

  it('leads to the root from any place, and from no other', async () => {
    await fc.assert(
      fc.asyncProperty(place, fc.nat({ max: MAX_SIZE }), async ([treeSize, leafIndex], other) => {
        const d = leaves.slice(0, treeSize)
        const path = auditPath(leafIndex, d)
        const root = toHex(treeHash(d))
        expect(toHex(await rootFromPath(d[leafIndex]!, { leafIndex, treeSize, path }))).toBe(root)
        if (other === leafIndex) return
        const elsewhere = await rootFromPath(d[leafIndex]!, { leafIndex: other, treeSize, path }).catch(() => undefined)
        expect(elsewhere && toHex(elsewhere)).not.toBe(root)
      }),
      { numRuns: 300 },
    )
  }, 30_000)

  it('leads elsewhere with any one hash changed', async () => {
    await fc.assert(
      fc.asyncProperty(place, fc.nat(), async ([treeSize, leafIndex], which) => {
        const d = leaves.slice(0, treeSize)
        const path = auditPath(leafIndex, d)
        const all = [d[leafIndex]!, ...path].map((one) => Uint8Array.from(one))
        all[which % all.length]![which % 32]! ^= 1
        const [leaf, ...siblings] = all
        expect(toHex(await rootFromPath(leaf!, { leafIndex, treeSize, path: siblings }))).not.toBe(toHex(treeHash(d)))
      }),
    )
  })

  it('refuses paths of the wrong length and places outside the tree', async () => {
    await fc.assert(
      fc.asyncProperty(place, async ([treeSize, leafIndex]) => {
        const d = leaves.slice(0, treeSize)
        const path = auditPath(leafIndex, d)
        const at = (p: Bytes[], index = leafIndex) => rootFromPath(d[leafIndex]!, { leafIndex: index, treeSize, path: p })
        await expect(at([...path, d[0]!])).rejects.toMatchObject({ key: 'pathLength' })
        if (path.length > 0) await expect(at(path.slice(1))).rejects.toMatchObject({ key: 'pathLength' })
        await expect(at(path, treeSize)).rejects.toMatchObject({ key: 'pathIndex' })
      }),
    )
  })

  it('knows places beyond 2^32, where bit operators end', async () => {
    // The left-most leaf of a tree with 2^40 + 1 leaves: 41 siblings, of which the last is the lone right leaf.
    const path = Array.from({ length: 41 }, (_, i) => leaves[i]!)
    let root = leaves[99]!
    for (const sibling of path) root = hash(Uint8Array.of(1), root, sibling)
    const treeSize = 2 ** 40 + 1
    expect(toHex(await rootFromPath(leaves[99]!, { leafIndex: 0, treeSize, path }))).toBe(toHex(root))
    const lone = hash(Uint8Array.of(1), leaves[3]!, leaves[99]!)
    expect(toHex(await rootFromPath(leaves[99]!, { leafIndex: 2 ** 40, treeSize, path: [leaves[3]!] }))).toBe(toHex(lone))
  })

  it('has the root and the proofs of the golden batch', async () => {
    const all = BATCH.proofs.map(({ leaf }) => fromHex(leaf)!)
    expect(toHex(await rootOfLeaves(all))).toBe(BATCH.root)
    for (const { leaf, leaf_index, path } of BATCH.proofs) {
      const proof = { leafIndex: leaf_index, treeSize: BATCH.count, path: path.map((one) => fromHex(one)!) }
      expect(toHex(await rootFromPath(fromHex(leaf)!, proof))).toBe(BATCH.root)
    }
  })
})

describe('a CID', () => {
  it('is the digest in another spelling', async () => {
    const known = 'bafkreifjjcie6lypi6ny7amxnfftagclbuxndqonfipmb64f2km2devei4'
    expect(cidOf(await digestOf(utf8('hello world\n')))).toBe(known)
    for (const { cid, digest, header } of [BATCH, ROSTER]) {
      expect(await digestOf(utf8(header))).toBe(digest)
      expect(cidOf(digest)).toBe(cid)
      expect(digestOfCid(cid)).toBe(digest)
    }
  })

  it('comes back as it went, and of no other kind', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (digest) => {
        expect(digestOfCid(cidOf(toHex(digest)))).toBe(toHex(digest))
      }),
    )
    const cid = BATCH.cid
    const others = [
      '', 'b', cid.toUpperCase(), `z${cid.slice(1)}`, `${cid}a`, cid.slice(0, -1), cid.replace('bafk', 'bafy'),
      // The two bits that are left over must be zero.
      `${cid.slice(0, -1)}${String.fromCharCode(cid.charCodeAt(cid.length - 1) + 1)}`,
      'QmYwAPJzv5CZsnA625s3Xf2nemtYgPpHdWEz79ojWnPbdG',
    ]
    for (const other of others) expect(digestOfCid(other), other).toBeUndefined()
  })
})
