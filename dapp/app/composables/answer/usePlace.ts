import { computed } from 'vue'
import { settings, type Place, type PlaceKind } from '~/settings/settings'

const KINDS: PlaceKind[] = ['site', 'feeder', 'area']

/** The place that the address names (`#/?site=…`), else the one saved on this device, else none. */
export function usePlace() {
  const route = useRoute()
  return computed<Place | null>(() => {
    for (const kind of KINDS) {
      const id = route.query[kind]
      if (typeof id === 'string' && id !== '') return { kind, id, name: settings.place?.id === id ? settings.place.name : '' }
    }
    return settings.place
  })
}
