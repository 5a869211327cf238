import { onBeforeUnmount, ref } from 'vue'
import { ask } from '~/api/client'
import { Provenance } from '~/api/generated/provenance'
import type { ProvenanceQuery } from '~/api/generated/types'
import { useLive } from '~/composables/status/useLive'
import { provenance } from '~/status/service'

/** By then a page's own answer has said it. */
const WAIT_MS = 1_500

/** Where the readings come from. A page that asks nothing of the service has it asked here. */
export function useProvenance() {
  const isTime = ref(false)
  const timer = setTimeout(() => (isTime.value = true), WAIT_MS)
  onBeforeUnmount(() => clearTimeout(timer))
  useLive<ProvenanceQuery>(
    () => (isTime.value && !provenance.value ? 'provenance' : null),
    (signal) => ask(Provenance, {}, signal),
  )
  return provenance
}
