// The step that decides: the root that was computed here is the one that the chain holds.
import type { Anchor } from './contractReads'
import { ProofError } from './error'
import type { Evidence } from './service'

/** Fails where the chain has nothing here, another root, or another number of leaves. */
export function checkRootOnChain(anchor: Anchor, root: string, { areaId, batchNumber, treeSize }: Pick<Evidence, 'areaId' | 'batchNumber' | 'treeSize'>): void {
  if (anchor.count === 0) throw new ProofError('emptyBatch', { area: areaId, number: batchNumber })
  if (anchor.root !== root) throw new ProofError('rootDiffers', { computed: root, chain: anchor.root })
  if (anchor.count !== treeSize) throw new ProofError('sizeDiffers', { claimed: treeSize, chain: anchor.count })
}
