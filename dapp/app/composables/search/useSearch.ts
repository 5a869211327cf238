import { computed, ref } from 'vue'
import { find } from '~/search/find'
import { useNames } from './useNames'

/** Names that are shown for a text. */
const MOST = 12

/** A search box's text, and the names that fit it. The names are loaded when somebody wants to search. */
export function useSearch() {
  const text = ref('')
  const { names, isLoading, isMissing, wake } = useNames()
  const found = computed(() => find(names.value, text.value, MOST))
  return { text, found, isLoading, isMissing, wake }
}
