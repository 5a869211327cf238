// The steps of the last 48 hours, one a batch period. The last step is now.
import { HOUR_S, MINUTE_S } from '../time/format'

export const SCRUB_S = 48 * HOUR_S
/** A demonstration may have batches every few seconds: nobody steps through two days by these. */
const MIN_STEP_S = MINUTE_S
const DEFAULT_STEP_S = 15 * MINUTE_S

export interface Scrub {
  stepS: number
  /** Number of the step that is now; steps count from 0. */
  last: number
  /** Time of a step, none for now. */
  timeOf: (step: number) => number | null
  stepOf: (unixS: number | null) => number
  /** From which share of the way on nothing is anchored. */
  anchoredShare: number
}

/** `startUnixS` stays while somebody moves along, so that a step keeps its time. */
export function scrub(nowUnixS: number, periodS: number | null, anchoredUpToUnixS: number | null): Scrub {
  const stepS = Math.max(MIN_STEP_S, periodS ?? DEFAULT_STEP_S)
  const last = Math.floor(SCRUB_S / stepS)
  const end = Math.floor(nowUnixS / stepS) * stepS
  const start = end - (last - 1) * stepS
  const share = anchoredUpToUnixS === null ? 0 : (anchoredUpToUnixS - start) / (nowUnixS - start || 1)
  return {
    stepS,
    last,
    timeOf: (step) => (step >= last ? null : start + Math.max(0, step) * stepS),
    stepOf: (unixS) => (unixS === null ? last : Math.max(0, Math.min(last - 1, Math.round((unixS - start) / stepS)))),
    anchoredShare: Math.max(0, Math.min(1, share)),
  }
}
