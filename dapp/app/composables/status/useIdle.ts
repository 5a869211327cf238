import { onBeforeUnmount, ref, watch } from 'vue'

/** After this the rest comes even where what it waits for does not. */
const PATIENCE_MS = 6_000

/** True once `isReady` holds and the browser has nothing more urgent to do. */
export function useIdle(isReady: () => boolean) {
  const isTime = ref(false)
  const begin = () => (isTime.value = true)
  const timer = setTimeout(begin, PATIENCE_MS)
  watch(
    isReady,
    (ready) => {
      if (!ready) return
      // Safari has no idle callback.
      if ('requestIdleCallback' in window) requestIdleCallback(begin, { timeout: 1_000 })
      else setTimeout(begin, 200)
    },
    { immediate: true },
  )
  onBeforeUnmount(() => clearTimeout(timer))
  return isTime
}
