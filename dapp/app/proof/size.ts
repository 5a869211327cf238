// What a full check will fetch, told before it is fetched.
import { MAX_BLOCK_BYTES, MAX_HEADER_BYTES } from './limits'
import type { FullMode } from './full'
import type { QuickFindings } from './quick'
import type { Layout } from './service'
import type { Sources } from './sources'

/** Bytes that a row of a roster usually has, its line feed included. */
const USUAL_ROW_BYTES = 460

export interface FullSize {
  bytes: number
  /** Whether it may be less: a length was not told. */
  isAtMost: boolean
}

/** What each kind of full check will fetch, by the gateway's and the service's word; a check takes little more. */
export async function measureFull(
  layout: Layout,
  quick: QuickFindings,
  { chain, gateway }: Sources,
): Promise<Record<FullMode, FullSize>> {
  const { evidence, anchor, tag } = quick
  const [header, block, roster] = await Promise.all([
    gateway.lengthOf(anchor.digest),
    layout.blockDigest ? gateway.lengthOf(layout.blockDigest) : undefined,
    chain.inForce(evidence.areaId, anchor.periodStartUnixS, tag),
  ])
  const rosterBytes = (roster?.devices ?? 0) * USUAL_ROW_BYTES
  // The block with the device's row is found by halving.
  const halvings = 1 + Math.ceil(Math.log2(Math.max(1, rosterBytes / MAX_BLOCK_BYTES)))
  // A batch without these lengths is no larger than its parts may be, nor than the service says it is.
  const parts = (header ?? MAX_HEADER_BYTES) + (block ?? MAX_BLOCK_BYTES)
  const isTold = header !== undefined && block !== undefined
  return {
    block: {
      bytes: (isTold ? parts : Math.min(parts, layout.bytes)) + Math.min(rosterBytes, halvings * MAX_BLOCK_BYTES),
      isAtMost: !isTold,
    },
    all: { bytes: layout.bytes + rosterBytes, isAtMost: false },
  }
}
