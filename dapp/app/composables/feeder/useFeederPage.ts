import { computed } from 'vue'
import { ask } from '~/api/client'
import { FeederPage } from '~/api/generated/feeder'
import type { FeederPageQuery } from '~/api/generated/types'
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
  const { live, data, refresh } = useLive<FeederPageQuery>(
    () => `feeder ${id()}`,
    (signal) => ask(FeederPage, { id: id(), fromUnixS: nowUnixS.value - DAYS * DAY_S }, signal),
  )
  const feeder = computed(() => data.value?.feeder)
  const area = computed(() => data.value?.areas.find(({ areaId }) => areaId === feeder.value?.areaId))
  const window = computed(() => ({ fromUnixS: nowUnixS.value - DAYS * DAY_S, toUnixS: nowUnixS.value }))
  const rows = computed(() =>
    (feeder.value?.sites ?? [])
      .slice(0, MAX_ROWS)
      .map((site) => ({ label: site.locality, intervals: intervals(site.history, site.now, site.heartbeatS, window.value) })),
  )
  return { live, data, feeder, area, window, rows, refresh }
}
