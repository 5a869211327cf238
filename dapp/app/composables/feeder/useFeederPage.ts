import { computed } from 'vue'
import { ofFeeder } from '~/answer/place'
import { ask } from '~/api/client'
import { FeederPage } from '~/api/generated/feeder'
import type { FeederPageQuery } from '~/api/generated/types'
import { useFormat } from '~/composables/settings/useFormat'
import { useLive } from '~/composables/status/useLive'
import { nowUnixS } from '~/time/clock'
import { DAY_S } from '~/time/format'
import { intervals } from '~/timeline/intervals'

/** Days of the timeline. */
export const DAYS = 7
/** Places whose rows are drawn. */
const MAX_ROWS = 12

/** Everything on a feeder's page, kept up to date. */
export function useFeederPage(id: () => string) {
  const { t, format } = useFormat()
  const { live, data, refresh } = useLive<FeederPageQuery>(
    () => `feeder ${id()}`,
    (signal) => ask(FeederPage, { id: id(), fromUnixS: nowUnixS.value - DAYS * DAY_S }, signal),
  )
  const feeder = computed(() => data.value?.feeder)
  const area = computed(() => data.value?.areas.find(({ areaId }) => areaId === feeder.value?.areaId))
  const found = computed(() => feeder.value && ofFeeder(feeder.value, data.value?.areas ?? [], nowUnixS.value, { t, format: format.value }))
  const window = computed(() => ({ fromUnixS: nowUnixS.value - DAYS * DAY_S, toUnixS: nowUnixS.value }))
  const rows = computed(() =>
    (feeder.value?.sites ?? [])
      .slice(0, MAX_ROWS)
      .map((site) => ({ label: site.locality, intervals: intervals(site.history, site.now, site.heartbeatS, window.value) })),
  )
  return { live, data, feeder, area, window, rows, found, refresh }
}
