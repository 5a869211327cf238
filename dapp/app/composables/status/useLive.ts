import { computed, onBeforeUnmount, onMounted, ref, shallowRef, watch } from 'vue'
import { ApiError } from '~/api/client'
import { serviceFolder } from '~/api/service'
import type { AboutFragment } from '~/api/generated/types'
import { keep, recall } from '~/status/kept'
import { heardFrom, isOnline } from '~/status/service'

/** Pause between two answers. */
const EVERY_MS = 15_000
/** Pause after a failure. */
const RETRY_MS = 10_000
/** After this, a missing answer is called slow. */
const SLOW_MS = 3_000
/** An answer as old as this is called stale. */
const STALE_MS = 60_000
/** How often age is looked at. */
const TICK_MS = 1_000

export interface Live<T> {
  /** The last answer, perhaps one kept from before. */
  data: T | undefined
  /** Why the last question has no answer. */
  error: ApiError | undefined
  /** The first answer is waited for. */
  isLoading: boolean
  /** An answer takes long. */
  isSlow: boolean
  /** What is shown is old, or kept from before. */
  isStale: boolean
  /** Milliseconds since what is shown came; none where the device's clock cannot say. */
  ageMs: number | null
}

export interface LiveOptions {
  /** The last answer stays until that of another question comes. */
  holds?: boolean
  /** Under which name the last answer is kept, whatever the question. */
  keptAs?: string
}

/**
 * Asks again and again while the page is visible, and shows the last known answer meanwhile. `key` names the question:
 * another one begins anew; none asks nothing.
 */
export function useLive<T extends { _meta: AboutFragment }>(
  key: () => string | null,
  load: (signal: AbortSignal) => Promise<T>,
  { holds = false, keptAs }: LiveOptions = {},
) {
  const data = shallowRef<T>()
  const error = shallowRef<ApiError>()
  const updatedMs = ref<number>()
  const isKept = ref(false)
  const askedMs = ref<number>()
  const tickMs = ref(Date.now())
  let timer: ReturnType<typeof setTimeout> | undefined
  let asking: AbortController | undefined
  let isGone = false

  const later = (pauseMs: number) => {
    clearTimeout(timer)
    if (!isGone) timer = setTimeout(refresh, pauseMs)
  }

  function show(value: T, atMs: number, kept: boolean) {
    data.value = value
    updatedMs.value = atMs
    isKept.value = kept
    heardFrom(value._meta, !kept)
  }

  async function refresh() {
    clearTimeout(timer)
    asking?.abort()
    const name = key()
    if (name === null || document.hidden) return
    const mine = (asking = new AbortController())
    askedMs.value = Date.now()
    try {
      const value = await load(mine.signal)
      if (mine.signal.aborted) return
      show(value, Date.now(), false)
      error.value = undefined
      void keep(keptAs ?? name, value)
      later(EVERY_MS)
    } catch (problem) {
      if (mine.signal.aborted) return
      error.value = problem instanceof ApiError ? problem : new ApiError('refused', String(problem))
      later(RETRY_MS)
    } finally {
      if (asking === mine) askedMs.value = undefined
    }
  }

  async function begin() {
    error.value = undefined
    if (!holds) data.value = updatedMs.value = undefined
    const name = key()
    if (name === null) return
    void refresh()
    if (data.value !== undefined) return
    const kept = await recall<T>(keptAs ?? name)
    if (kept && key() === name && data.value === undefined) show(kept.value, kept.atMs, true)
  }

  const wake = () => {
    if (document.hidden) {
      clearTimeout(timer)
      asking?.abort()
    } else void refresh()
  }

  onMounted(() => {
    const ticking = setInterval(() => (tickMs.value = Date.now()), TICK_MS)
    document.addEventListener('visibilitychange', wake)
    window.addEventListener('online', wake)
    onBeforeUnmount(() => {
      isGone = true
      clearTimeout(timer)
      clearInterval(ticking)
      asking?.abort()
      document.removeEventListener('visibilitychange', wake)
      window.removeEventListener('online', wake)
    })
  })
  watch([key, serviceFolder], begin, { immediate: true })

  const ageMs = computed(() => {
    if (updatedMs.value === undefined) return null
    const age = tickMs.value - updatedMs.value
    // A clock that was set back says nothing of age.
    return age < -TICK_MS * 5 ? null : Math.max(0, age)
  })
  const live = computed<Live<T>>(() => ({
    data: data.value,
    error: error.value,
    isLoading: data.value === undefined && error.value === undefined,
    isSlow: askedMs.value !== undefined && tickMs.value - askedMs.value > SLOW_MS,
    isStale: data.value !== undefined && (isKept.value || !isOnline.value || ageMs.value === null || ageMs.value > STALE_MS),
    ageMs: ageMs.value,
  }))
  return { live, data, refresh }
}
