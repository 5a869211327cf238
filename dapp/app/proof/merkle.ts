// The tree of RFC 6962 section 2.1: leaf = SHA-256(00 ‖ data), node = SHA-256(01 ‖ left ‖ right), a lone last node
// moves up unchanged.
import type { Bytes } from './bytes'
import { concat } from './bytes'
import { ProofError } from './error'
import { sha256 } from './sha256'

const LEAF = Uint8Array.of(0)
const NODE = Uint8Array.of(1)

/** Nodes hashed at one time: the browser's answers are awaited together. */
const MAX_NODES_AT_ONCE = 4096

export const leafHash = (data: Bytes): Promise<Bytes> => sha256(concat(LEAF, data))

export const nodeHash = (left: Bytes, right: Bytes): Promise<Bytes> => sha256(concat(NODE, left, right))

/** An inclusion proof: where the leaf stands, in a tree of how many, and the siblings from the leaf upwards. */
export interface InclusionPath {
  leafIndex: number
  treeSize: number
  path: Bytes[]
}

/** The root that a leaf and its path lead to (RFC 9162 section 2.1.3.2); a path of another length is refused. */
export async function rootFromPath(leaf: Bytes, { leafIndex, treeSize, path }: InclusionPath): Promise<Bytes> {
  if (leafIndex >= treeSize) throw new ProofError('pathIndex', { leafIndex, treeSize })
  const wrongLength = () => new ProofError('pathLength', { hashes: path.length, leafIndex, treeSize })
  // Not the operators for bits: those end at 2^31.
  let index = leafIndex
  let last = treeSize - 1
  const up = () => {
    index = Math.floor(index / 2)
    last = Math.floor(last / 2)
  }
  let hash = leaf
  for (const sibling of path) {
    if (last === 0) throw wrongLength()
    if (index % 2 === 1 || index === last) {
      hash = await nodeHash(sibling, hash)
      // A node without a right sibling moves up until it is a right child.
      while (index % 2 === 0 && index !== 0) up()
    } else {
      hash = await nodeHash(hash, sibling)
    }
    up()
  }
  if (last !== 0) throw wrongLength()
  return hash
}

/** The root over leaf hashes in their order; SHA-256 of nothing for no leaves. */
export async function rootOfLeaves(leaves: readonly Bytes[]): Promise<Bytes> {
  let level = [...leaves]
  while (level.length > 1) {
    const above: Bytes[] = []
    for (let start = 0; start < level.length; start += 2 * MAX_NODES_AT_ONCE) {
      above.push(...(await Promise.all(pairs(level.slice(start, start + 2 * MAX_NODES_AT_ONCE)))))
    }
    level = above
  }
  return level[0] ?? sha256(new Uint8Array())
}

function pairs(level: Bytes[]): (Bytes | Promise<Bytes>)[] {
  return Array.from({ length: Math.ceil(level.length / 2) }, (_, i) => {
    const left = level[2 * i]!
    const right = level[2 * i + 1]
    return right ? nodeHash(left, right) : left
  })
}
