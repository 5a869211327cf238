import { ref } from 'vue'

/** How long the outcome is shown. */
const SHOWN_MS = 4_000

/** Copies a text, and says whether that went well. */
export function useCopy(text: () => string) {
  const outcome = ref<'copied' | 'failed'>()
  async function copy() {
    try {
      await navigator.clipboard.writeText(text())
      outcome.value = 'copied'
    } catch {
      // Refused, or a page over plain http: the text can still be marked by hand.
      outcome.value = 'failed'
    }
    setTimeout(() => (outcome.value = undefined), SHOWN_MS)
  }
  return { outcome, copy }
}
