import { computed } from 'vue'
import { ask } from '~/api/client'
import { AreaFeeders, Overview } from '~/api/generated/overview'
import type { AreaFeedersQuery, OverviewQuery } from '~/api/generated/types'
import { useLive } from '~/composables/status/useLive'

/** Areas whose feeders are looked at: those with most customers off. */
const AREAS = 4
/** Feeders that are listed. */
const FEEDERS = 12

type Loaded = OverviewQuery & { feeders: AreaFeedersQuery['feeders'] }

const byCustomersOff = (a: { customersByState: { off: number } }, b: { customersByState: { off: number } }) =>
  b.customersByState.off - a.customersByState.off

/** How it stands everywhere, and the feeders with most customers off. */
export function useOverview(isWanted: () => boolean) {
  const { live, data, refresh } = useLive<Loaded>(
    () => (isWanted() ? 'overview' : null),
    async (signal) => {
      const overview = await ask(Overview, {}, signal)
      const worst = [...overview.areas].filter((area) => area.sitesByState.off > 0).sort(byCustomersOff).slice(0, AREAS)
      const answers = await Promise.all(worst.map(({ areaId }) => ask(AreaFeeders, { areaId }, signal)))
      return { ...overview, feeders: answers.flatMap(({ feeders }) => feeders) }
    },
  )

  /** The worst first. */
  const worst = computed(() =>
    (data.value?.feeders ?? [])
      .filter((feeder) => feeder.sitesByState.off > 0)
      .sort(byCustomersOff)
      .slice(0, FEEDERS)
      .map((feeder) => {
        const off = feeder.sites.flatMap(({ now }) => (now?.state === 'OFF' && now.sinceUnixS !== null ? [now] : []))
        return {
          feeder,
          sinceUnixS: off.length > 0 ? Math.min(...off.map((now) => now.sinceUnixS ?? Infinity)) : null,
          anchored: off.length > 0 && off.every((now) => now.anchored !== 'NO') ? ('YES' as const) : ('NO' as const),
        }
      }),
  )
  const totals = computed(() => {
    const areas = data.value?.areas
    if (!areas) return undefined
    const sum = (of: (area: OverviewQuery['areas'][number]) => number) => areas.reduce((total, area) => total + of(area), 0)
    return {
      customersOff: sum((area) => area.customersByState.off),
      customers: sum((area) => area.customersByState.total),
      sitesOff: sum((area) => area.sitesByState.off),
      sitesNoData: sum((area) => area.sitesByState.noData),
      sites: sum((area) => area.sitesByState.total),
    }
  })
  return { live, data, worst, totals, refresh }
}
