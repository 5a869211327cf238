import { onMounted, shallowRef } from 'vue'
import { type Installation, installation } from '~/complaint/installation'

/** Chain and contracts; `undefined` until it is known, `null` where this service takes no complaints. */
export function useInstallation() {
  const found = shallowRef<Installation | null>()
  onMounted(async () => (found.value = await installation()))
  return found
}
