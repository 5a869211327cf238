import { shallowReactive, watch } from 'vue'
import { ask } from '~/api/client'
import { AreaName, FeederName, SiteName } from '~/api/generated/complaints'
import { mapConcurrently } from '~/proof/concurrent'

/** Where a complaint is, by ids. */
export interface Located {
  areaId: string
  feederId: string | null
  siteId: string | null
}

interface Area {
  name: string
  utcOffsetS: number
}

// Names do not change while the page is open.
const areas = shallowReactive(new Map<string, Area>())
const names = shallowReactive(new Map<string, string>())

async function learn(kind: 'area' | 'feeder' | 'site', id: string): Promise<void> {
  const key = `${kind} ${id}`
  if (names.has(key)) return
  // By its id until it is known, and where it never will be.
  names.set(key, id)
  try {
    if (kind === 'area') {
      const { area } = await ask(AreaName, { id })
      if (area) areas.set(id, area)
      if (area) names.set(key, area.name)
    } else {
      const name = kind === 'feeder' ? (await ask(FeederName, { id })).feeder?.name : (await ask(SiteName, { id })).site?.locality
      if (name) names.set(key, name)
    }
  } catch {
    names.delete(key)
  }
}

/** What the places of complaints are called, and their areas' local time. */
export function usePlaceNames(located: () => Located[]) {
  const wanted = () => [
    ...new Set(located().flatMap(({ areaId, feederId, siteId }) => [`area ${areaId}`, ...(feederId ? [`feeder ${feederId}`] : []), ...(siteId ? [`site ${siteId}`] : [])])),
  ]
  watch(() => wanted().join('\n'), () => void mapConcurrently(wanted(), (key) => {
    const [kind, id] = [key.slice(0, key.indexOf(' ')), key.slice(key.indexOf(' ') + 1)]
    return learn(kind as 'area' | 'feeder' | 'site', id)
  }), { immediate: true })

  const nameOf = (kind: 'area' | 'feeder' | 'site', id: string) => names.get(`${kind} ${id}`) ?? id
  return {
    area: (id: string) => nameOf('area', id),
    feeder: (id: string) => nameOf('feeder', id),
    site: (id: string) => nameOf('site', id),
    /** The nearest place that is named. */
    place: ({ areaId, feederId, siteId }: Located) => (siteId ? nameOf('site', siteId) : feederId ? nameOf('feeder', feederId) : nameOf('area', areaId)),
    offsetS: (areaId: string) => areas.get(areaId)?.utcOffsetS ?? 0,
  }
}
