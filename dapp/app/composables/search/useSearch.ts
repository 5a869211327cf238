import { computed, ref, shallowRef, watch } from 'vue'
import { ask } from '~/api/client'
import { SearchNames } from '~/api/generated/names'
import { entries, find, type Entry } from '~/search/find'
import { useNames } from './useNames'
import { useVillageNames } from './useVillageNames'

/** Names that are shown for a text. */
const MOST = 12
/** Pause after the last letter before the service is asked. */
const SETTLE_MS = 250

/** A search box's text and the names that fit it: of the list on the device, or the service's where that is too long. */
export function useSearch() {
  const text = ref('')
  const { names, isLoading, isMissing, isTooLong, wake } = useNames()
  const { villages, wakeVillages } = useVillageNames()
  const answered = shallowRef<Entry[]>([])
  const isAsking = ref(false)
  let timer: ReturnType<typeof setTimeout> | undefined

  watch(text, (wanted) => {
    clearTimeout(timer)
    if (!isTooLong.value || wanted.trim() === '') return
    timer = setTimeout(async () => {
      isAsking.value = true
      const { search } = await ask(SearchNames, { text: wanted, first: MOST }).catch(() => ({ search: [] }))
      isAsking.value = false
      if (text.value === wanted) answered.value = entries(search)
    }, SETTLE_MS)
  })

  const found = computed(() => {
    if (!isTooLong.value) return find([...names.value, ...villages.value], text.value, MOST)
    return [...answered.value, ...find(villages.value, text.value, MOST)].slice(0, MOST)
  })
  return { text, found, isLoading: computed(() => isLoading.value || isAsking.value), isMissing, wake: () => (void wake(), void wakeVillages()) }
}
