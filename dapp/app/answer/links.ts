// Links between pages. Everything in them is encoded: ids come from data.
import type { NowFragment } from '../api/generated/types'
import type { PlaceKind } from '../settings/settings'

export const placeLink = (kind: PlaceKind, id: string): string => `/${kind}/${encodeURIComponent(id)}`

/** The answer's page for a place. */
export const answerLink = (kind: PlaceKind, id: string): string => `/?${kind}=${encodeURIComponent(id)}`

export const batchLink = (areaId: string, number: number): string => `/batch/${encodeURIComponent(areaId)}/${number}`

/** Where one record is checked. */
export function recordLink(deviceId: string, sequence: number, batchNumber: number | null = null): string {
  const batch = batchNumber === null ? '' : `&batch=${batchNumber}`
  return `/check?device=${encodeURIComponent(deviceId)}&sequence=${sequence}${batch}`
}

/** Where the newest reading of a site is checked; none where nothing was ever heard. */
export function checkLink(site: { deviceId: string; now: NowFragment | null }): string | null {
  const { now } = site
  return now === null || now.sequence === null ? null : recordLink(site.deviceId, now.sequence, now.batchNumber)
}
