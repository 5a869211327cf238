// Blocks of lines: how rows of a roster and leaves of a batch are cut into raw IPFS blocks.
import { asciiText } from './bytes'
import { ProofError } from './error'
import { MAX_BLOCK_BYTES } from './limits'

/** The lines of a block, each ended by one line feed; at least one. */
export function linesOf(block: Uint8Array, cid: string): string[] {
  const text = asciiText(block)
  if (block.length > MAX_BLOCK_BYTES || !text.endsWith('\n')) throw new ProofError('blockForm', { cid })
  return text.slice(0, -1).split('\n')
}
