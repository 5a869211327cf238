import { ref } from 'vue'
import { ask } from '~/api/client'
import { serviceFolder } from '~/api/service'
import { Scorecard, Trail } from '~/api/generated/officials'
import type { ScorecardQuery, TrailQuery } from '~/api/generated/types'
import { useFormat } from '~/composables/settings/useFormat'
import { useLive } from '~/composables/status/useLive'
import { download } from '~/export/file'
import { trailCsv, trailJson, type TrailItem } from '~/export/trail'
import { provenanceWords } from '~/provenance/words'
import { provenance } from '~/status/service'
import { nowUnixS } from '~/time/clock'

/** Complaints of one answer of the trail: the service bounds what one question may ask, and each comes with its actions. */
const PAGE = 25
/** Most complaints in one file. */
const MAX_TRAIL = 10_000

/** The register of an area, or of one of its officials or substations, and the trail behind it as a file. */
export function useScorecard(areaId: () => string, official: () => string | undefined, stationId: () => string | undefined) {
  const { t, format } = useFormat()
  const { live, data, refresh } = useLive<ScorecardQuery>(
    () => `scorecard ${areaId()} ${official() ?? ''} ${stationId() ?? ''}`,
    (signal) => ask(Scorecard, { areaId: areaId(), official: official(), stationId: stationId() }, signal),
  )
  const isSaving = ref(false)
  const isMissing = ref(false)

  async function trail(): Promise<TrailItem[]> {
    const all: TrailItem[] = []
    for (let after: string | null = null; all.length < MAX_TRAIL; ) {
      const { complaints }: TrailQuery = await ask(Trail, { areaId: areaId(), first: PAGE, after })
      all.push(...complaints.items)
      if (!complaints.hasMore) break
      after = complaints.endCursor
    }
    return all
  }

  async function save(kind: 'csv' | 'json') {
    if (isSaving.value || !provenance.value) return
    isSaving.value = true
    isMissing.value = false
    try {
      const { title, short } = provenanceWords(provenance.value, { t, format: format.value })
      const offsetS = data.value?.area?.utcOffsetS ?? 0
      const origin = { provenance: provenance.value, words: `${title} ${short}`, service: serviceFolder(), atUnixS: nowUnixS.value, offsetS }
      const items = await trail()
      if (kind === 'csv') download(areaId(), 'csv', 'text/csv;charset=utf-8', `\ufeff${trailCsv(items, origin)}`, 'complaints')
      else download(areaId(), 'json', 'application/json', trailJson(items, origin), 'complaints')
    } catch {
      isMissing.value = true
    } finally {
      isSaving.value = false
    }
  }
  return { live, data, refresh, save, isSaving, isMissing }
}
