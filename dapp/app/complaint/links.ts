// Links of complaints. The key of a tracking link stands behind the #, with the rest of the page's address: no server is told.
import type { PlaceKind } from '../settings/settings'

export const complaintLink = (id: string): string => `/complaint/${id}`

/** Where a problem of a place is reported. */
export const reportLink = (kind: PlaceKind, id: string): string => `/report?${kind}=${encodeURIComponent(id)}`

/** The link by which its holder is the filer. `folder` is the page's own address. */
export const trackingLink = (folder: string, id: string, key: string): string => `${folder}#${complaintLink(id)}?key=${key.slice(2)}`

export const scorecardLink = (areaId: string, official?: string): string =>
  `/scorecard/${encodeURIComponent(areaId)}${official ? `?official=${official}` : ''}`
