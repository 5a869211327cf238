// What the steps come to, in one word. Nothing is proven where any step failed, was left out or is still to come.
import type { Outcome } from './error'
import type { Step } from './steps'

/**
 * `none`: nothing was asked yet. `proven`: every step passed. `notProven`: something that must agree does not.
 * `notAnchored`: the chain does not hold the reading, or not yet. `unchecked`: something could not be had, so that
 * nothing is known either way.
 */
export type VerdictKind = 'none' | 'running' | 'proven' | 'notProven' | 'notAnchored' | 'unchecked'

export interface Verdict {
  kind: VerdictKind
  /** Of a proven one: whether its block can no longer be replaced. */
  isFinal: boolean
  /** The step that failed. */
  failed?: Step
}

const BY_OUTCOME: Record<Outcome, VerdictKind> = {
  wrong: 'notProven',
  'not-anchored': 'notAnchored',
  unavailable: 'unchecked',
}

export function verdictOf(steps: readonly Step[]): Verdict {
  const failed = steps.find(({ status }) => status === 'failed')
  const isFinal = steps.some(({ id, status, note }) => (id === 'final' || id === 'evidenceFinal') && status === 'passed' && note !== 'notFinal')
  if (failed) return { kind: failed.error ? BY_OUTCOME[failed.error.outcome] : 'unchecked', isFinal: false, failed }
  if (steps.every(({ status }) => status === 'pending')) return { kind: 'none', isFinal: false }
  if (steps.some(({ status }) => status === 'running' || status === 'pending')) return { kind: 'running', isFinal: false }
  return { kind: steps.every(({ status }) => status === 'passed') ? 'proven' : 'unchecked', isFinal }
}
