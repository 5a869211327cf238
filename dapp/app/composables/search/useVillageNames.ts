import { shallowRef } from 'vue'
import { serviceFolder } from '~/api/service'
import { villageEntries, type Entry, type NamedVillage } from '~/search/find'
import { keep, recall } from '~/status/kept'

const villages = shallowRef<Entry[]>([])
let loadedFrom = ''

/** With the map's code, which the first words do not need. */
const load = async () => (await import('~/map/basemap')).loadPlaces()

/** Loads the basemap's places, when somebody searches: those kept on the device at once, then the service's. */
async function wakeVillages(): Promise<void> {
  const from = serviceFolder()
  if (loadedFrom === from) return
  loadedFrom = from
  villages.value = []
  const key = `villages ${from}`
  const kept = await recall<NamedVillage[]>(key)
  if (kept && loadedFrom === from) villages.value = villageEntries(kept.value)
  const places = (await load().catch(() => [])).map(({ name, district, latitudeDeg, longitudeDeg }) => ({ name, district, latitudeDeg, longitudeDeg }))
  if (loadedFrom !== from) return
  // Perhaps there was no network: the next search asks again.
  if (places.length === 0) return void (loadedFrom = '')
  villages.value = villageEntries(places)
  void keep(key, places)
}

/** The basemap's places that can be searched; none where the installation has no basemap. */
export const useVillageNames = () => ({ villages, wakeVillages })
