// What a full check will fetch, told before it is fetched.
import { MAX_BLOCK_BYTES } from './limits'
import type { FullMode } from './full'
import type { QuickFindings } from './quick'
import type { Layout } from './service'
import type { Sources } from './sources'

/** Bytes that a row of a roster usually has, its line feed included. */
const USUAL_ROW_BYTES = 500
/** Bytes that a batch's header usually has beside its list of blocks, and for each of those. */
const USUAL_HEADER_BYTES = 4_096
const LISTED_BLOCK_BYTES = 67
/** Bytes of what the chain is asked beside. */
const USUAL_READS_BYTES = 6_000

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
  const batch = layout.bytes + USUAL_READS_BYTES
  // The block with the device's row is found by halving.
  const halvings = 1 + Math.ceil(Math.log2(Math.max(1, rosterBytes / MAX_BLOCK_BYTES)))
  const parts = (header ?? USUAL_HEADER_BYTES + LISTED_BLOCK_BYTES * layout.blocks) + (block ?? MAX_BLOCK_BYTES) + USUAL_READS_BYTES
  const isTold = header !== undefined && block !== undefined
  return {
    block: {
      bytes: (isTold ? parts : Math.min(parts, batch)) + Math.min(rosterBytes, halvings * MAX_BLOCK_BYTES),
      isAtMost: !isTold,
    },
    all: { bytes: batch + rosterBytes, isAtMost: false },
  }
}
