// What stands on the map: one mark for an area, a feeder, a site, or several sites together.
import type { Anchored, MapWindowQuery, SiteKind, State } from '../api/generated/types'
import { placeLink } from '../answer/links'
import { worstOf } from '../answer/words'

export type MapView = MapWindowQuery['map']
export type Counts = MapView['groups'][number]['sitesByState']
export type SiteMark = MapView['sites'][number]

export interface Bounds {
  south: number
  west: number
  north: number
  east: number
}

export interface Mark {
  key: string
  kind: 'area' | 'feeder' | 'site' | 'group'
  latitudeDeg: number
  longitudeDeg: number
  /** Of one site its own; of several the worst: any OFF shows, nothing is averaged. */
  state: State
  anchored: Anchored
  /** Its name; none for sites that are only near each other. */
  name: string
  /** Its own page; none for sites that are only near each other. */
  page: string | null
  sites: Counts
  customers: Counts
  siteKind?: SiteKind
  sinceUnixS?: number | null
  lastHeardUnixS?: number | null
  isWholeFeederOff?: boolean
  /** Share of customers OFF and of readings received, of an area. */
  offShare?: number | null
  coverageShare?: number | null
  /** What to zoom to. */
  bounds?: Bounds
}

const ones = (state: State, n: number): Counts => ({
  on: state === 'ON' ? n : 0,
  off: state === 'OFF' ? n : 0,
  noData: state === 'NO_DATA' ? n : 0,
  total: n,
})

export const siteMark = (site: SiteMark): Mark => ({
  key: `site ${site.siteId}`,
  kind: 'site',
  latitudeDeg: site.latitudeDeg,
  longitudeDeg: site.longitudeDeg,
  state: site.state,
  anchored: site.anchored,
  name: site.locality,
  page: placeLink('site', site.siteId),
  sites: ones(site.state, 1),
  customers: ones(site.state, site.customers),
  siteKind: site.kind,
  sinceUnixS: site.sinceUnixS,
  lastHeardUnixS: site.lastHeardUnixS,
})

/** Sites that are shown as one, with what is known of all of them. */
export const groupMark = (
  key: string,
  at: { latitudeDeg: number; longitudeDeg: number },
  sites: Counts,
  customers: Counts,
  bounds?: Bounds,
): Mark => ({ ...at, key, kind: 'group', state: worstOf(sites), anchored: 'YES', name: '', page: null, sites, customers, bounds })

/** All marks of an answer but its sites, which are grouped by what fits the screen. */
export function marksOf(view: MapView): Mark[] {
  const areas = view.areas.map((area): Mark => ({
    key: `area ${area.areaId}`,
    kind: 'area',
    latitudeDeg: area.latitudeDeg,
    longitudeDeg: area.longitudeDeg,
    state: worstOf(area.sitesByState),
    anchored: 'YES',
    name: area.name,
    page: placeLink('area', area.areaId),
    sites: area.sitesByState,
    customers: area.customersByState,
    offShare: area.customersOffShare,
    coverageShare: area.coverageShare,
    bounds: area,
  }))
  const feeders = view.feeders.map((feeder): Mark => ({
    key: `feeder ${feeder.feederId}`,
    kind: 'feeder',
    latitudeDeg: feeder.latitudeDeg,
    longitudeDeg: feeder.longitudeDeg,
    state: worstOf(feeder.sitesByState),
    anchored: 'YES',
    name: feeder.name,
    page: placeLink('feeder', feeder.feederId),
    sites: feeder.sitesByState,
    customers: feeder.customersByState,
    isWholeFeederOff: feeder.isWholeFeederOff,
  }))
  const groups = view.groups.map((group) =>
    groupMark(`group ${group.latitudeDeg} ${group.longitudeDeg}`, group, group.sitesByState, group.customersByState, group),
  )
  return [...areas, ...feeders, ...groups]
}

const ORDER: Record<State, number> = { OFF: 0, NO_DATA: 1, ON: 2 }

/** The worst first: by state, then by how many customers are off, then by name. */
export const inOrder = (marks: Mark[]): Mark[] =>
  [...marks].sort(
    (a, b) => ORDER[a.state] - ORDER[b.state] || b.customers.off - a.customers.off || b.customers.total - a.customers.total || (a.name < b.name ? -1 : 1),
  )
