// The full check: header and record blocks from IPFS, the roster in force, and the device's signature; of the one block
// that holds the record, or of the whole batch.
import type { BatchHeader } from './batch-header'
import type { RosterAnchor } from './contractReads'
import { ProofError } from './error'
import { BATCH_CHECKS } from './full-batch'
import { ROSTER_CHECKS } from './full-roster'
import type { Leaves } from './leaves'
import type { QuickFindings } from './quick'
import type { RosterHeader } from './roster'
import type { RosterRow } from './roster-row'
import type { Layout } from './service'
import type { Sources } from './sources'
import { ALL_STEPS, BLOCK_STEPS, type PlannedStep, type Show, type StepId, type StepNote } from './steps'

/** How much is fetched: the block that holds the record, or all blocks of the batch. */
export type FullMode = 'block' | 'all'

/** What a full check starts from, and what its steps leave for those after them. */
export interface FullRun {
  readonly mode: FullMode
  readonly quick: QuickFindings
  readonly sources: Sources
  readonly layout: Layout
  /** Counts what was fetched; more than was told beforehand ends the check. */
  readonly spend: (bytes: number) => void
  header: BatchHeader
  /** Of the record's block, or of all blocks. */
  lines: string[]
  leaves: Leaves
  rosterAnchor: RosterAnchor
  rosterHeader: RosterHeader
  /** Of the block with the device's row, or of all blocks. */
  rows: RosterRow[]
  row: RosterRow
  key: CryptoKey
}

export type FullCheck = (run: FullRun, show: Show) => Promise<StepNote | undefined | void>

/** Bytes beyond what was told that are still taken: a roster's rows are told by their usual length. */
const MORE_THAN_TOLD_BYTES = 65_536

const CHECKS: Partial<Record<StepId, FullCheck>> = { ...BATCH_CHECKS, ...ROSTER_CHECKS }

/** The steps of a full check; `toldBytes` is what the reader agreed to fetch. */
export function planFull(
  mode: FullMode,
  toldBytes: number,
  inputs: Pick<FullRun, 'quick' | 'sources' | 'layout'>,
): PlannedStep[] {
  let left = toldBytes + MORE_THAN_TOLD_BYTES
  const spend = (bytes: number) => {
    left -= bytes
    if (left < 0) throw new ProofError('moreThanTold', { told: toldBytes })
  }
  // Each step relies on what those before it set: they run in this order, and the first failure is the last step.
  const run = { ...inputs, mode, spend } as FullRun
  const ids: readonly StepId[] = mode === 'all' ? ALL_STEPS : BLOCK_STEPS
  return ids.map((id) => ({ id, run: async (show) => (await CHECKS[id]?.(run, show)) ?? undefined }))
}
