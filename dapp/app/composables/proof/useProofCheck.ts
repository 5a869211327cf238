import { computed, onBeforeUnmount, ref, shallowRef } from 'vue'
import { serviceUrl } from '~/api/service'
import type { Known } from '~/proof/commands'
import type { Endpoints } from '~/proof/endpoints'
import { asProofError, type ProofError } from '~/proof/error'
import { type FullMode, planFull } from '~/proof/full'
import { type Claim, planQuick, type QuickFindings } from '~/proof/quick'
import type { Layout, Question } from '~/proof/service'
import { type FullSize, measureFull } from '~/proof/size'
import { sourcesAt } from '~/proof/sources'
import { pending, QUICK_STEPS, runSteps, type Step } from '~/proof/steps'
import { verdictOf } from '~/proof/verdict'
import { browserHttp, type BrowserHttp } from './browserHttp'

/** What would be fetched, and from where. */
export interface Measured {
  layout: Layout
  size: Record<FullMode, FullSize>
}

/** The parts of a check that ask servers. */
export type Part = 'quick' | 'measure' | 'full'

/** What asking cost. */
export interface Cost {
  bytes: number
  seconds: number
}

/** One check of one record: the steps, what they come to, and what may be done next. */
export function useProofCheck(question: () => Question, claim: () => Claim, endpoints: () => Endpoints | undefined) {
  const quick = shallowRef<Step[]>(pending(QUICK_STEPS))
  const full = shallowRef<Step[]>([])
  const mode = ref<FullMode>()
  const findings = shallowRef<QuickFindings>()
  const measured = shallowRef<Measured>()
  const measureError = shallowRef<ProofError>()
  const busy = ref<Part>()
  const costs = shallowRef<Partial<Record<Part, Cost>>>({})
  let stopping = new AbortController()

  /** Of everything since the check began. */
  const cost = computed<Cost>(() => {
    const all = Object.values(costs.value)
    return { bytes: all.reduce((sum, { bytes }) => sum + bytes, 0), seconds: all.reduce((sum, { seconds }) => sum + seconds, 0) }
  })
  const verdict = computed(() => verdictOf([...quick.value, ...full.value]))

  /** Runs one part; a part that was stopped or begun anew leaves nothing behind. */
  async function run(part: Part, work: (web: BrowserHttp, at: Endpoints) => Promise<void>) {
    const at = endpoints()
    if (!at) return
    stopping.abort()
    const mine = (stopping = new AbortController())
    const web = browserHttp(mine.signal)
    const startMs = performance.now()
    busy.value = part
    try {
      await work(web, at)
    } finally {
      if (mine === stopping) {
        busy.value = undefined
        const one = { bytes: web.receivedBytes(), seconds: (performance.now() - startMs) / 1000 }
        costs.value = { ...costs.value, [part]: one }
      }
    }
  }

  /** Shows steps while their run is the newest one. */
  const into = (target: typeof quick) => {
    const mine = stopping
    return (steps: Step[]) => {
      if (mine === stopping) target.value = steps
    }
  }

  function reset() {
    stopping.abort()
    stopping = new AbortController()
    quick.value = pending(QUICK_STEPS)
    full.value = []
    costs.value = {}
    mode.value = findings.value = measured.value = measureError.value = busy.value = undefined
  }

  const runQuick = () => {
    reset()
    return run('quick', async ({ http }, at) => {
      const plan = planQuick(question(), claim(), sourcesAt(at, serviceUrl('graphql'), http))
      const steps = await runSteps(plan.steps, into(quick))
      if (verdictOf(steps).kind === 'proven') findings.value = plan.findings()
    })
  }

  const measure = () =>
    run('measure', async ({ http }, at) => {
      measured.value = measureError.value = undefined
      const found = findings.value
      if (!found) return
      const sources = sourcesAt(at, serviceUrl('graphql'), http)
      try {
        const layout = await sources.service.layout(question(), found.evidence)
        measured.value = { layout, size: await measureFull(layout, found, sources) }
      } catch (thrown) {
        measureError.value = asProofError(thrown)
      }
    })

  const runFull = (wanted: FullMode) =>
    run('full', async ({ http }, at) => {
      const found = findings.value
      if (!found || !measured.value) return
      const { layout, size } = measured.value
      const sources = sourcesAt(at, serviceUrl('graphql'), http)
      const planned = planFull(wanted, size[wanted].bytes, { quick: found, sources, layout })
      mode.value = wanted
      full.value = pending(planned.map(({ id }) => id))
      await runSteps(planned, into(full))
    })

  const stop = () => stopping.abort()
  onBeforeUnmount(stop)

  /** What the commands can be filled in with so far. */
  const known = computed<Known | undefined>(() => {
    const at = endpoints()
    if (!at) return undefined
    const layout = measured.value?.layout
    const device = full.value.find(({ id, status }) => id === 'device' && status === 'passed')
    const publicKey = device?.values.find(({ name }) => name === 'publicKey')?.value
    return {
      ...question(),
      endpoints: at,
      found: findings.value,
      block: layout?.blockDigest ? { digest: layout.blockDigest, line: layout.blockLine } : undefined,
      publicKey: typeof publicKey === 'string' ? publicKey : undefined,
    }
  })

  return { quick, full, mode, verdict, findings, measured, measureError, busy, cost, costs, known, runQuick, measure, runFull, stop, reset }
}
