import { computed } from 'vue'
import { ask } from '~/api/client'
import { AreaPage } from '~/api/generated/area'
import type { AreaPageQuery } from '~/api/generated/types'
import { useLive } from '~/composables/status/useLive'
import { nowUnixS } from '~/time/clock'
import { DAY_S } from '~/time/format'

/** Days of outages that are listed. */
export const DAYS = 7

/** Everything on an area's page, kept up to date. */
export function useAreaPage(id: () => string) {
  const { live, data, refresh } = useLive<AreaPageQuery>(
    () => `area ${id()}`,
    (signal) => ask(AreaPage, { id: id(), fromUnixS: nowUnixS.value - DAYS * DAY_S }, signal),
  )
  return { live, data, area: computed(() => data.value?.area), refresh }
}
