import { computed, onMounted, ref } from 'vue'
import { pageFolder } from '~/api/service'
import { tileTemplate } from '~/settings/addresses'
import { settings } from '~/settings/settings'

const installed = ref<string | null>(null)
let isLoaded = false

/** Reads `map_tiles` of the page's own config.json; a page without that file has none. */
async function load() {
  if (isLoaded) return
  isLoaded = true
  try {
    const response = await fetch(new URL('config.json', pageFolder()))
    const config = (await response.json()) as { map_tiles?: unknown }
    if (typeof config.map_tiles === 'string') installed.value = tileTemplate(config.map_tiles)
  } catch {
    // Without the file there is no street map, and that is all.
  }
}

/** The street map's tiles: those of the settings, else the installation's, else none. */
export function useTilesTemplate() {
  onMounted(load)
  return { template: computed(() => settings.tiles ?? installed.value), installed }
}
