import { computed } from 'vue'
import { ofSite } from '~/answer/place'
import { ask } from '~/api/client'
import { SitePage } from '~/api/generated/site'
import type { SitePageQuery } from '~/api/generated/types'
import { useFormat } from '~/composables/settings/useFormat'
import { useLive } from '~/composables/status/useLive'
import { nowUnixS } from '~/time/clock'
import { DAY_S } from '~/time/format'
import { intervals } from '~/timeline/intervals'

/** Days of the timeline. */
export const DAYS = 7

/** A site's page by the site's id, or by its device's. */
async function load(id: string, signal: AbortSignal): Promise<SitePageQuery> {
  const fromUnixS = nowUnixS.value - DAYS * DAY_S
  const bySite = await ask(SitePage, { siteId: id, fromUnixS }, signal)
  return bySite.site ? bySite : ask(SitePage, { deviceId: id, fromUnixS }, signal)
}

/** Everything on a site's page, kept up to date. */
export function useSitePage(id: () => string) {
  const { t, format } = useFormat()
  const { live, data, refresh } = useLive<SitePageQuery>(
    () => `site ${id()}`,
    (signal) => load(id(), signal),
  )
  const site = computed(() => data.value?.site)
  const found = computed(() => site.value && ofSite(site.value, nowUnixS.value, { t, format: format.value }))
  const window = computed(() => ({ fromUnixS: nowUnixS.value - DAYS * DAY_S, toUnixS: nowUnixS.value }))
  const bands = computed(() => (site.value ? intervals(site.value.history, site.value.now, site.value.heartbeatS, window.value) : []))
  return { live, site, window, bands, found, refresh }
}
