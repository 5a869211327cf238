import { computed } from 'vue'
import { ask } from '~/api/client'
import { BatchPage } from '~/api/generated/batch'
import type { BatchPageQuery } from '~/api/generated/types'
import { useLive } from '~/composables/status/useLive'

/** Everything on a batch's page, kept up to date. */
export function useBatchPage(areaId: () => string, number: () => number) {
  const { live, data, refresh } = useLive<BatchPageQuery>(
    () => `batch ${areaId()} ${number()}`,
    (signal) => ask(BatchPage, { areaId: areaId(), number: number() }, signal),
  )
  return { live, data, batch: computed(() => data.value?.batch), area: computed(() => data.value?.area), refresh }
}
