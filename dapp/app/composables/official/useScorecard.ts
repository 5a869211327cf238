import { ask } from '~/api/client'
import { Scorecard, Trail as TrailPage } from '~/api/generated/officials'
import type { ScorecardQuery, TrailQuery } from '~/api/generated/types'
import { stationsOf, useTrail } from '~/composables/complaint/useTrail'
import { useLive } from '~/composables/status/useLive'
import type { Trail, TrailItem } from '~/export/trail'

/** Complaints of one answer of the trail: the service bounds what one question may ask, and each comes with its actions. */
const PAGE = 25
/** Most complaints in one file. */
const MAX_TRAIL = 10_000

/** The register of an area, or of one of its officials or substations, and the trail behind it as a file. */
export function useScorecard(areaId: () => string, official: () => string | undefined, stationId: () => string | undefined) {
  const { live, data, refresh } = useLive<ScorecardQuery>(
    () => `scorecard ${areaId()} ${official() ?? ''} ${stationId() ?? ''}`,
    (signal) => ask(Scorecard, { areaId: areaId(), official: official(), stationId: stationId() }, signal),
  )

  async function load(): Promise<Trail> {
    const asked = { official: official(), stationId: stationId() }
    const [area, stationOf] = [areaId(), await stationsOf(areaId())]
    const items: TrailItem[] = []
    let hasMore = true
    for (let after: string | null = null; hasMore && items.length < MAX_TRAIL; ) {
      const { complaints }: TrailQuery = await ask(TrailPage, { areaId: area, first: PAGE, after })
      items.push(...complaints.items)
      hasMore = complaints.hasMore
      after = complaints.endCursor
    }
    return { ...asked, items, stationOf, isCut: hasMore }
  }

  const name = () => [areaId(), stationId(), official()].filter(Boolean).join(' ')
  return { live, data, refresh, trail: useTrail(name, () => data.value?.area?.utcOffsetS ?? 0, load) }
}
