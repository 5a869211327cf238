import { computed } from 'vue'
import { ask } from '~/api/client'
import { AreaFeeders, Overview } from '~/api/generated/overview'
import type { AreaFeedersQuery, OverviewAreaFragment, OverviewQuery } from '~/api/generated/types'
import { useLive } from '~/composables/status/useLive'
import { EAST, WEST } from '~/map/world'

/** Areas whose feeders are looked at: those with most customers off. */
const AREAS = 4
/** Feeders that are listed. */
const FEEDERS = 12

type Looked = NonNullable<AreaFeedersQuery['area']>
type Loaded = OverviewQuery & { looked: Looked[] }

const byCustomersOff = (a: { customersByState: { off: number } }, b: { customersByState: { off: number } }) =>
  b.customersByState.off - a.customersByState.off

/** The areas of both halves, each once, those with most customers off first. */
export function areasOf({ east, west }: Pick<OverviewQuery, 'east' | 'west'>): OverviewAreaFragment[] {
  const all = new Map([...west.areas, ...east.areas].map((area) => [area.areaId, area]))
  return [...all.values()].sort((a, b) => byCustomersOff(a, b) || (a.name < b.name ? -1 : 1))
}

async function load(signal: AbortSignal): Promise<Loaded> {
  const overview = await ask(Overview, { east: EAST, west: WEST }, signal)
  const areas = areasOf(overview)
  const off = areas.filter((area) => area.sitesByState.off > 0).slice(0, AREAS)
  // Of one the local time is wanted in any case.
  const answers = await Promise.all((off.length > 0 ? off : areas.slice(0, 1)).map(({ areaId }) => ask(AreaFeeders, { areaId }, signal)))
  return { ...overview, looked: answers.flatMap(({ area }) => area ?? []) }
}

/** How it stands everywhere, and the feeders with most customers off. */
export function useOverview() {
  const { live, data, refresh } = useLive<Loaded>(() => 'overview of the map', load)
  const areas = computed(() => (data.value ? areasOf(data.value) : []))

  /** The worst first. */
  const worst = computed(() =>
    (data.value?.looked ?? [])
      .flatMap(({ utcOffsetS, feeders }) => feeders.map((feeder) => ({ ...feeder, offsetS: utcOffsetS })))
      .filter((feeder) => feeder.sitesByState.off > 0)
      .sort(byCustomersOff)
      .slice(0, FEEDERS)
      .map((feeder) => {
        const off = feeder.sites.flatMap(({ now }) => (now?.state === 'OFF' && now.sinceUnixS !== null ? [now] : []))
        return {
          feeder,
          area: areas.value.find(({ areaId }) => areaId === feeder.areaId)?.name ?? feeder.areaId,
          sinceUnixS: off.length > 0 ? Math.min(...off.map((now) => now.sinceUnixS ?? Infinity)) : null,
          anchored: off.length > 0 && off.every((now) => now.anchored !== 'NO') ? ('YES' as const) : ('NO' as const),
        }
      }),
  )
  const totals = computed(() => {
    if (!data.value) return undefined
    const parts = [...areas.value, ...data.value.west.groups, ...data.value.east.groups]
    const sum = (of: (part: (typeof parts)[number]) => number) => parts.reduce((total, part) => total + of(part), 0)
    return {
      customersOff: sum((part) => part.customersByState.off),
      customers: sum((part) => part.customersByState.total),
      sitesOff: sum((part) => part.sitesByState.off),
      sitesNoData: sum((part) => part.sitesByState.noData),
      sites: sum((part) => part.sitesByState.total),
    }
  })
  /** Local time is by the first area's offset; none before the first answer. */
  const offsetS = computed(() => data.value && (data.value.looked[0]?.utcOffsetS ?? 0))
  return { live, areas, worst, totals, offsetS, refresh }
}
