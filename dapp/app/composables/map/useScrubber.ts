import { computed, ref, watch, type Ref } from 'vue'
import { scrub } from '~/map/scrub'
import { nowUnixS } from '~/time/clock'

/** Pause after the last step before the map follows. */
const SETTLE_MS = 150

/** A place in the last 48 hours: `step` is what the slider holds, `atUnixS` the time it stands for, none for now. */
export function useScrubber(known: Ref<{ periodS: number | null; anchoredUpToUnixS: number | null }>) {
  /** Steps keep their times while the past is looked at. */
  const heldUnixS = ref<number | null>(null)
  const scrubber = computed(() => scrub(heldUnixS.value ?? nowUnixS.value, known.value.periodS, known.value.anchoredUpToUnixS))
  const chosen = ref<number | null>(null)
  const step = computed({
    get: () => chosen.value ?? scrubber.value.last,
    set: (value: number) => {
      const isNow = value >= scrubber.value.last
      heldUnixS.value = isNow ? null : (heldUnixS.value ?? nowUnixS.value)
      chosen.value = isNow ? null : value
    },
  })
  const atUnixS = ref<number | null>(null)
  let timer: ReturnType<typeof setTimeout> | undefined
  watch(step, () => {
    clearTimeout(timer)
    const settle = () => (atUnixS.value = chosen.value === null ? null : scrubber.value.timeOf(chosen.value))
    if (chosen.value === null) settle()
    else timer = setTimeout(settle, SETTLE_MS)
  })
  return { scrubber, step, atUnixS }
}
