// Links of complaints. The key of a tracking link stands behind the #, with the rest of the page's address: no server is told.
import type { PlaceKind } from '../settings/settings'

export const complaintLink = (id: string): string => `/complaint/${id}`

/** Where a problem of a place is reported. */
export const reportLink = (kind: PlaceKind, id: string): string => `/report?${kind}=${encodeURIComponent(id)}`

/** The link by which its holder is the filer. `folder` is the page's own address. */
export const trackingLink = (folder: string, id: string, key: string): string => `${folder}#${complaintLink(id)}?key=${key.slice(2)}`

/** The register of an area, or of one official or one substation in it. */
export function scorecardLink(areaId: string, official?: string, stationId?: string): string {
  const query = new URLSearchParams({ ...(official && { official }), ...(stationId && { station: stationId }) }).toString()
  return `/scorecard/${encodeURIComponent(areaId)}${query ? `?${query}` : ''}`
}

/** Where an area's complaints are told as a feed, below the service. */
export const feedPath = (areaId: string): string => `feed/${encodeURIComponent(areaId)}.atom`
