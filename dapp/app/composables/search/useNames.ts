import { ref, shallowRef } from 'vue'
import { ask } from '~/api/client'
import { Names } from '~/api/generated/names'
import { serviceFolder } from '~/api/service'
import { entries, type Entry, type Name } from '~/search/find'
import { keep, recall } from '~/status/kept'

/** Kept names as old as this are asked for again. */
const OLD_MS = 24 * 3_600_000

const names = shallowRef<Entry[]>([])
const isLoading = ref(false)
const isMissing = ref(false)
let loadedFrom = ''

async function fetchAll(): Promise<Name[]> {
  const { areas } = await ask(Names, {})
  return areas.flatMap(({ areaId, name, feeders }) => [
    { kind: 'AREA' as const, id: areaId, name, areaId, feederId: null },
    ...feeders.flatMap((feeder) => [
      { kind: 'FEEDER' as const, id: feeder.feederId, name: feeder.name, areaId, feederId: null },
      ...feeder.sites.map((site) => ({ kind: 'LOCALITY' as const, id: site.siteId, name: site.locality, areaId, feederId: feeder.feederId })),
    ]),
  ])
}

/** Loads the names: those kept on the device at once, the service's where these are missing or old. */
async function wake(): Promise<void> {
  const from = serviceFolder()
  if (loadedFrom === from || isLoading.value) return
  isLoading.value = true
  isMissing.value = false
  const key = `names ${from}`
  const kept = await recall<Name[]>(key)
  if (kept) names.value = entries(kept.value)
  try {
    if (!kept || Date.now() - kept.atMs > OLD_MS || Date.now() < kept.atMs) {
      const all = await fetchAll()
      names.value = entries(all)
      void keep(key, all)
    }
    loadedFrom = from
  } catch {
    isMissing.value = !kept
  } finally {
    isLoading.value = false
  }
}

/** The names that can be searched; one list for the whole page. */
export const useNames = () => ({ names, isLoading, isMissing, wake })
