import { ask } from '~/api/client'
import { AREA_SITES } from '~/api/queries'
import type { AreaSites, Site } from '~/api/types'
import { usePolled } from './usePolled'

/** Sites that one query gives. */
const PAGE = 500
/** Sites of one area that this page shows. */
const MAX_SITES = 5_000

/** The sites of an area, kept up to date. */
export const useAreaSites = (areaId: string) =>
  usePolled(async () => {
    const sites: Site[] = []
    for (let after: string | null = null; sites.length < MAX_SITES; ) {
      const answer: AreaSites = await ask<AreaSites>(AREA_SITES, { areaId, after })
      const found = answer.area?.sites ?? []
      sites.push(...found)
      after = found.at(-1)?.deviceId ?? null
      if (found.length < PAGE) break
    }
    return sites
  })
