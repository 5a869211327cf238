import { computed, reactive, ref, watch } from 'vue'
import { MAX_NOTE, tidy } from '~/complaint/text'
import { type Notice, ZERO_HASH } from '~/complaint/typed-data'
import type { NoticeLineFragment } from '~/api/generated/types'
import { DAY_S, HOUR_S } from '~/time/format'
import { nowUnixS } from '~/time/clock'

/** Longest planned outage: the contract's MAX_LENGTH. */
const MAX_LENGTH_S = 7 * DAY_S

/** A time as a field of a form takes it, in the area's local time. */
export const toField = (unixS: number, offsetS: number): string => new Date((unixS + offsetS) * 1000).toISOString().slice(0, 16)

/** A time that was written in the area's local time; none where it is none. */
export function fromField(text: string, offsetS: number): number | null {
  const ms = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?$/.test(text) ? Date.parse(`${text}Z`) : Number.NaN
  return Number.isNaN(ms) ? null : ms / 1000 - offsetS
}

/** A planned outage that is being written: a new one, or a change. */
export function useNoticeForm(areaId: () => string, offsetS: () => number) {
  const fields = reactive({ feeder: '', start: '', end: '', restoration: '', reason: '' })
  const changing = ref<NoticeLineFragment>()
  const problem = ref<'times' | 'reason'>()

  function clear() {
    // From the next full hour on.
    const start = Math.ceil((nowUnixS.value + 1) / HOUR_S) * HOUR_S
    const [begin, end] = [toField(start, offsetS()), toField(start + 2 * HOUR_S, offsetS())]
    Object.assign(fields, { feeder: '', start: begin, end, restoration: end, reason: '' })
    changing.value = problem.value = undefined
  }
  watch([areaId, offsetS], clear, { immediate: true })

  function change(notice: NoticeLineFragment) {
    changing.value = notice
    const at = (unixS: number) => toField(unixS, offsetS())
    Object.assign(fields, { feeder: notice.feederId ?? '', start: at(notice.startUnixS), end: at(notice.endUnixS), restoration: at(notice.restorationUnixS), reason: notice.reason ?? '' })
  }

  const isLate = computed(() => (fromField(fields.start, offsetS()) ?? Infinity) < nowUnixS.value)

  /** What is written, if it can be announced. */
  function notice(signer: string): Notice | null {
    const [start, end, restoration] = [fields.start, fields.end, fields.restoration].map((text) => fromField(text, offsetS()))
    const reason = tidy(fields.reason)
    const areTimes = start != null && end != null && restoration != null && start < end && end - start <= MAX_LENGTH_S && restoration >= start
    problem.value = !areTimes ? 'times' : reason === '' || reason.length > MAX_NOTE ? 'reason' : undefined
    if (!areTimes || problem.value) return null
    return { area: areaId(), feeder: fields.feeder, start, end, restoration, reason, withdrawn: false, changes: changing.value?.id ?? ZERO_HASH, signer }
  }

  /** The withdrawal of one that was announced. */
  const withdrawal = (of: NoticeLineFragment, signer: string): Notice => ({
    area: of.areaId, feeder: of.feederId ?? '', start: of.startUnixS, end: of.endUnixS, restoration: of.restorationUnixS, reason: of.reason ?? '-', withdrawn: true, changes: of.id, signer,
  })

  return { fields, changing, problem, isLate, clear, change, notice, withdrawal }
}
