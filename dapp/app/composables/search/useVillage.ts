import { computed } from 'vue'
import { ask } from '~/api/client'
import { Near } from '~/api/generated/near'
import type { NearQuery } from '~/api/generated/types'
import { useLive } from '~/composables/status/useLive'
import type { Village } from '~/search/village'

/** Watched places that are shown. */
const FIRST = 5

/** The watched places nearest to a village, kept up to date. */
export function useVillage(village: () => Village) {
  const { live, data, refresh } = useLive<NearQuery>(
    () => `near ${village().latitudeDeg} ${village().longitudeDeg}`,
    (signal) => ask(Near, { latitudeDeg: village().latitudeDeg, longitudeDeg: village().longitudeDeg, first: FIRST }, signal),
  )
  return { live, near: computed(() => data.value?.near), refresh }
}
