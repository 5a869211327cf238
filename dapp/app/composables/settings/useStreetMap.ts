import { computed, onMounted, shallowRef } from 'vue'
import { pageFolder } from '~/api/service'
import { installedStreets, namedStreets, type StreetMap } from '~/settings/installation'
import { settings } from '~/settings/settings'

const installed = shallowRef<StreetMap | null>(null)
let isLoaded = false

/** Reads the page's own config.json; a page without that file has no street map. */
async function load() {
  if (isLoaded) return
  isLoaded = true
  try {
    const response = await fetch(new URL('config.json', pageFolder()))
    installed.value = installedStreets(await response.json())
  } catch {
    // Without the file there is no street map, and that is all. It may be there the next time.
    isLoaded = false
  }
}

/** The street map's tiles: those of the settings, else the installation's, else none. */
export function useStreetMap() {
  onMounted(load)
  return { streets: computed(() => (settings.tiles ? namedStreets(settings.tiles) : installed.value)), installed }
}
