import { onBeforeUnmount, onMounted, ref, shallowRef } from 'vue'

/** Pause between two answers. */
const EVERY_MS = 5_000
/** An answer as old as this is called stale. */
const STALE_MS = 20_000
/** How often age is looked at. */
const TICK_MS = 1_000

/**
 * Asks again and again while the page is visible, and keeps the last answer when one fails: `error` says why, `stale`
 * that the answer is old.
 */
export function usePolled<T>(load: () => Promise<T>) {
  const data = shallowRef<T>()
  const error = ref<string>()
  const stale = ref(false)
  const updatedMs = ref<number>()
  let asked: ReturnType<typeof setTimeout> | undefined
  let ticking: ReturnType<typeof setInterval> | undefined
  let stopped = false

  async function refresh() {
    clearTimeout(asked)
    if (!document.hidden) {
      try {
        data.value = await load()
        updatedMs.value = Date.now()
        error.value = undefined
      } catch (problem) {
        error.value = problem instanceof Error ? problem.message : String(problem)
      }
    }
    clearTimeout(asked)
    if (!stopped) asked = setTimeout(refresh, EVERY_MS)
  }

  const wake = () => {
    if (!document.hidden) void refresh()
  }

  onMounted(() => {
    void refresh()
    ticking = setInterval(() => {
      stale.value = updatedMs.value !== undefined && Date.now() - updatedMs.value > STALE_MS
    }, TICK_MS)
    document.addEventListener('visibilitychange', wake)
  })
  onBeforeUnmount(() => {
    stopped = true
    clearTimeout(asked)
    clearInterval(ticking)
    document.removeEventListener('visibilitychange', wake)
  })
  return { data, error, stale, updatedMs, refresh }
}
