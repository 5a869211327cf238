import { ref } from 'vue'
import { ask } from '~/api/client'
import { TrailPlaces } from '~/api/generated/complaint'
import { serviceFolder } from '~/api/service'
import { useFormat } from '~/composables/settings/useFormat'
import { download } from '~/export/file'
import { isCut, trailCsv, trailJson, type Trail, type TrailItem } from '~/export/trail'
import { provenanceWords } from '~/provenance/words'
import { provenance } from '~/status/service'
import { nowUnixS } from '~/time/clock'

/** The substation of each complaint of an area, by the newest roster. */
export async function stationsOf(areaId: string): Promise<Trail['stationOf']> {
  const { area } = await ask(TrailPlaces, { areaId })
  const feeders = area?.feeders ?? []
  const ofFeeder = new Map(feeders.map(({ feederId, stationId }) => [feederId, stationId]))
  const ofSite = new Map(feeders.flatMap(({ sites }) => sites.map(({ siteId, stationId }) => [siteId, stationId] as const)))
  return ({ siteId, feederId }: Pick<TrailItem, 'siteId' | 'feederId'>) => ofSite.get(siteId ?? '') ?? ofFeeder.get(feederId ?? '') ?? null
}

/** Takes a trail along as a file. `name` is part of the file's name. */
export function useTrail(name: () => string, offsetS: () => number, load: () => Promise<Trail>) {
  const { t, format } = useFormat()
  const isSaving = ref(false)
  const isMissing = ref(false)
  /** The last file does not hold everything. */
  const wasCut = ref(false)

  async function save(kind: 'csv' | 'json') {
    if (isSaving.value || !provenance.value) return
    isSaving.value = true
    isMissing.value = wasCut.value = false
    try {
      const { title, short } = provenanceWords(provenance.value, { t, format: format.value })
      const origin = { provenance: provenance.value, words: `${title} ${short}`, service: serviceFolder(), atUnixS: nowUnixS.value, offsetS: offsetS() }
      const trail = await load()
      if (kind === 'csv') download(name(), 'csv', 'text/csv;charset=utf-8', `\ufeff${trailCsv(trail, origin)}`, 'complaints')
      else download(name(), 'json', 'application/json', trailJson(trail, origin), 'complaints')
      wasCut.value = isCut(trail)
    } catch {
      isMissing.value = true
    } finally {
      isSaving.value = false
    }
  }
  return { save, isSaving, isMissing, wasCut }
}
