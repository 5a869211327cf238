// Runs whole checks against a world.
import { planFull, type FullMode } from '../../app/proof/full'
import type { HttpOptions } from '../../app/proof/http'
import { type Claim, planQuick } from '../../app/proof/quick'
import { measureFull } from '../../app/proof/size'
import type { Question } from '../../app/proof/service'
import { runSteps, type Step } from '../../app/proof/steps'
import { verdictOf } from '../../app/proof/verdict'
import { sourcesOf, type World } from './world'

const ignore = () => {}

export interface Outcome {
  steps: Step[]
  /** `id key` of the step that failed. */
  failure?: string
  verdict: string
  isFinal: boolean
  receivedBytes: number
}

function outcome(steps: Step[], receivedBytes: number): Outcome {
  const { kind, isFinal, failed } = verdictOf(steps)
  return { steps, verdict: kind, isFinal, failure: failed && `${failed.id} ${failed.error?.key}`, receivedBytes }
}

export interface CheckOptions {
  claim?: Claim
  question?: Partial<Question>
  http?: Partial<HttpOptions>
}

export async function quick(w: World, options: CheckOptions = {}): Promise<Outcome> {
  let received = 0
  const sources = sourcesOf(w, { onBytes: (count) => (received += count), ...options.http })
  const { steps } = planQuick({ ...w.question, ...options.question }, options.claim ?? {}, sources)
  return outcome(await runSteps(steps, ignore), received)
}

/** The quick check and then the full one; `told` is what the reader agreed to fetch, by default what is measured. */
export async function full(w: World, mode: FullMode, told?: number): Promise<Outcome> {
  let received = 0
  const sources = sourcesOf(w, { onBytes: (count) => (received += count) })
  const { question } = w
  const { steps, findings } = planQuick(question, {}, sources)
  const first = await runSteps(steps, ignore)
  if (verdictOf(first).kind !== 'proven') return outcome(first, received)
  const layout = await sources.service.layout(question, findings().evidence)
  const size = await measureFull(layout, findings(), sources)
  const planned = planFull(mode, told ?? size[mode].bytes, { quick: findings(), sources, layout })
  return outcome([...first, ...(await runSteps(planned, ignore))], received)
}
