import { ref, watch, type Ref } from 'vue'

/** Longest draft that is kept, in characters. */
const MAX_DRAFT = 8_000

/** A text that is being typed: kept in this browser until it is said, so that a closed page loses nothing. */
export function useDraft(name: () => string): { draft: Ref<string>; clear: () => void } {
  const key = () => `power-tracker-draft ${name()}`
  const draft = ref('')
  // A browser may refuse to keep anything.
  const storage = <T>(use: (storage: Storage) => T): T | null => {
    try {
      return use(localStorage)
    } catch {
      return null
    }
  }
  watch(key, () => (draft.value = storage((s) => s.getItem(key())) ?? ''), { immediate: true })
  watch(draft, (text) => storage((s) => (text === '' ? s.removeItem(key()) : s.setItem(key(), text.slice(0, MAX_DRAFT)))))
  return { draft, clear: () => (draft.value = '') }
}
