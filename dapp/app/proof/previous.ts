// The batch before: every header names the digest of the area's last one that was not empty, so that no batch can be
// put in or taken out between two others.
import type { Chain } from './contractReads'
import { mapConcurrently } from './concurrent'
import { ProofError } from './error'
import { MAX_CONCURRENT, MAX_PREVIOUS_BATCHES } from './limits'
import type { Tag } from './rpc'

/** A batch that was not empty, or the beginning: number undefined, digest of zeros. */
export interface Previous {
  number?: number
  digest: string
}

const BEGINNING: Previous = { digest: '0'.repeat(64) }

/** The area's last batch before `number` that was not empty, by the chain. */
export async function previousBatch(chain: Chain, areaId: string, number: number, tag: Tag): Promise<Previous> {
  const since = await chain.since(areaId, tag)
  if (since === undefined) throw new ProofError('noBatch', { area: areaId, number })
  const end = Math.max(since, number - MAX_PREVIOUS_BATCHES)
  // The one right before is nearly always it.
  for (let size = 1, top = number - 1; top >= end; top -= size, size = MAX_CONCURRENT) {
    const numbers = Array.from({ length: Math.min(size, top - end + 1) }, (_, i) => top - i)
    const anchors = await mapConcurrently(numbers, (n) => chain.batch(areaId, n, tag))
    const found = anchors.findIndex((anchor) => anchor !== undefined && anchor.count > 0)
    if (found >= 0) return { number: numbers[found]!, digest: anchors[found]!.digest }
  }
  if (end > since) throw new ProofError('previousTooFar', { batches: MAX_PREVIOUS_BATCHES })
  return BEGINNING
}
