// A check is a list of steps. Each shows its values, passes or fails, and the first that fails ends the check: what
// would come after rests on it.
import { asProofError, type ProofError } from './error'

export const QUICK_STEPS = ['record', 'leaf', 'path', 'chain', 'final'] as const
export const BLOCK_STEPS = [
  'header', 'agrees', 'previous', 'block', 'line', 'order', 'roster', 'rosterHeader', 'device', 'signature',
] as const
export const ALL_STEPS = [
  'header', 'agrees', 'previous', 'blocks', 'line', 'order', 'tree', 'roster', 'rosterHeader', 'device', 'rosterTree',
  'signature', 'records', 'cells',
] as const
/** Of a complaint's evidence. */
export const EVIDENCE_STEPS = ['filing', 'evidence', 'evidenceRoots', 'evidenceDevices', 'evidenceSigned', 'evidenceFinal'] as const

export type StepId = (typeof QUICK_STEPS | typeof BLOCK_STEPS | typeof ALL_STEPS | typeof EVIDENCE_STEPS)[number]

export type StepStatus = 'pending' | 'running' | 'passed' | 'failed' | 'skipped'

/** How a value is shown. Hashes and the like are shortened, with the whole of it on demand. */
export type ValueKind = 'hash' | 'text' | 'code' | 'count' | 'bytes' | 'time' | 'duration' | 'url'

export interface StepValue {
  /** Names its label: `proof.value.<name>`. */
  name: string
  kind: ValueKind
  value: string | number
}

/** What a passed step found beside that it holds; picks another sentence. */
export type StepNote = 'notFinal' | 'contradicted'

export interface Step {
  id: StepId
  status: StepStatus
  values: StepValue[]
  note?: StepNote
  error?: ProofError
}

/** Shows a value of the running step. */
export type Show = (name: string, value: string | number, kind?: ValueKind) => void

export interface PlannedStep {
  id: StepId
  run: (show: Show) => Promise<StepNote | undefined> | Promise<void>
}

export const pending = (ids: readonly StepId[]): Step[] => ids.map((id) => ({ id, status: 'pending', values: [] }))

/** Runs steps in their order and tells of each change; never throws. */
export async function runSteps(planned: readonly PlannedStep[], listen: (steps: Step[]) => void): Promise<Step[]> {
  const steps = pending(planned.map(({ id }) => id))
  const change = (i: number, step: Partial<Step>) => {
    steps[i] = { ...steps[i]!, ...step }
    listen([...steps])
  }
  for (const [i, { run }] of planned.entries()) {
    const values: StepValue[] = []
    const show: Show = (name, value, kind = typeof value === 'number' ? 'count' : 'text') => {
      values.push({ name, value, kind })
      change(i, { values: [...values] })
    }
    change(i, { status: 'running' })
    try {
      change(i, { note: (await run(show)) ?? undefined, status: 'passed' })
    } catch (thrown) {
      for (let after = i + 1; after < steps.length; after++) steps[after] = { ...steps[after]!, status: 'skipped' }
      change(i, { status: 'failed', error: asProofError(thrown) })
      break
    }
  }
  return [...steps]
}
