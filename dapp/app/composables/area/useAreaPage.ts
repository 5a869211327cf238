import { computed } from 'vue'
import { ofArea } from '~/answer/place'
import { ask } from '~/api/client'
import { AreaPage } from '~/api/generated/area'
import type { AreaPageQuery } from '~/api/generated/types'
import { useFormat } from '~/composables/settings/useFormat'
import { useLive } from '~/composables/status/useLive'
import { nowUnixS } from '~/time/clock'
import { DAY_S } from '~/time/format'

/** Days of outages that are listed. */
export const DAYS = 7

/** Everything on an area's page, kept up to date. */
export function useAreaPage(id: () => string) {
  const { t, format } = useFormat()
  const { live, data, refresh } = useLive<AreaPageQuery>(
    () => `area ${id()}`,
    (signal) => ask(AreaPage, { id: id(), fromUnixS: nowUnixS.value - DAYS * DAY_S }, signal),
  )
  const area = computed(() => data.value?.area)
  const found = computed(() => area.value && ofArea(area.value, nowUnixS.value, { t, format: format.value }))
  return { live, data, area, found, refresh }
}
