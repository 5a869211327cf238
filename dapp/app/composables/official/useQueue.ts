import { computed, onScopeDispose, reactive, ref, shallowRef, watch } from 'vue'
import { nextActs, OPEN_STAGES, type Act } from '~/complaint/acts'
import { byUrgency, due } from '~/complaint/due'
import type { Action } from '~/complaint/typed-data'
import { ZERO_HASH } from '~/complaint/typed-data'
import { jobs } from '~/official/jobs'
import { areaQueue, type QueueItem } from '~/official/queue'
import { nowUnixS } from '~/time/clock'
import type { Role } from './useRoles'

/** Pause between two looks. */
const EVERY_MS = 15_000

export interface Filters {
  areaId: string
  /** Only those whose turn it is. */
  isMine: boolean
  isOverdue: boolean
  /** Closed ones too. */
  withClosed: boolean
  kind: string
}

/** The complaints of the areas in which somebody may act, by the time that is left. */
export function useQueue(roles: () => Role[]) {
  const all = shallowRef<QueueItem[]>([])
  /** Complaints past the last one that is here; `isMore`: and even more. */
  const rest = shallowRef({ more: 0, isMore: false })
  const isLoading = ref(true)
  const problem = ref('')
  const chosen = ref<Set<string>>(new Set())
  const filters = reactive<Filters>({ areaId: '', isMine: false, isOverdue: false, withClosed: false, kind: '' })
  let timer: ReturnType<typeof setTimeout> | undefined

  async function load() {
    clearTimeout(timer)
    try {
      const stages = filters.withClosed ? undefined : OPEN_STAGES
      const answers = await Promise.all(roles().map(({ area }) => areaQueue(area.areaId, stages)))
      all.value = answers.flatMap(({ items }) => items)
      rest.value = { more: answers.reduce((sum, { more }) => sum + more, 0), isMore: answers.some(({ isMore }) => isMore) }
      problem.value = ''
    } catch (thrown) {
      problem.value = String((thrown as Error).message)
    } finally {
      isLoading.value = false
      timer = setTimeout(load, EVERY_MS)
    }
  }
  watch([roles, () => filters.withClosed], load, { immediate: true })
  // What was just done is looked for at once.
  watch(() => jobs.value.filter(({ state }) => state === 'mined').length, load)
  onScopeDispose(() => clearTimeout(timer))

  const levelOf = (item: QueueItem) => roles().find(({ area }) => area.areaId === item.areaId)?.level ?? 0
  const shown = computed(() =>
    all.value
      .filter((item) => filters.areaId === '' || item.areaId === filters.areaId)
      .filter((item) => filters.kind === '' || item.class === filters.kind)
      .filter((item) => !filters.isMine || item.level === levelOf(item))
      .filter((item) => !filters.isOverdue || due(item, nowUnixS.value).isOverdue)
      .sort(byUrgency),
  )
  const kinds = computed(() => [...new Set(all.value.map((item) => item.class))].sort())
  const selected = computed(() => shown.value.filter(({ id }) => chosen.value.has(id)))
  /** What may be done to all that are chosen. */
  const acts = computed<Act[]>(() => {
    const [first, ...rest] = selected.value.map(({ lastAction }) => nextActs(lastAction))
    return (first ?? []).filter((act) => rest.every((others) => others.includes(act)))
  })

  function toggle(id: string) {
    const next = new Set(chosen.value)
    if (!next.delete(id)) next.add(id)
    chosen.value = next
  }
  const chooseAll = (isOn: boolean) => (chosen.value = new Set(isOn ? shown.value.map(({ id }) => id) : []))

  /** The chosen ones as actions of one signer, each with its place in the complaint's chain. */
  const actions = (act: Act, note: string, duplicateOf: string, signer: string): Action[] =>
    selected.value.map(({ id, index, head }) => ({
      act,
      complaint: id,
      index: index + 1,
      previous: head,
      note,
      duplicateOf: act === 'resolve: duplicate' ? duplicateOf : ZERO_HASH,
      signer,
    }))

  return { all, rest, shown, kinds, filters, chosen, selected, acts, toggle, chooseAll, actions, isLoading, problem, load }
}
