// Sites that would lie upon each other on the screen are one mark. Their states are counted, never averaged.
import Supercluster from 'supercluster'
import { groupMark, siteMark, type Bounds, type Counts, type Mark, type SiteMark } from './marks'

/** Pixels within which sites are one. */
const RADIUS = 34
/** From the zoom after this, every site stands by itself. */
const MAX_ZOOM = 16

type Point = { i: number }
type Sums = { sites: Counts; customers: Counts; bounds: Bounds }

const added = (a: Counts, b: Counts): Counts => ({
  on: a.on + b.on,
  off: a.off + b.off,
  noData: a.noData + b.noData,
  total: a.total + b.total,
})

/** An index of sites; gives the marks of a window at a zoom. */
export function clusters(sites: SiteMark[]): (bounds: Bounds, zoom: number) => Mark[] {
  const marks = sites.map(siteMark)
  const index = new Supercluster<Point, Sums>({
    radius: RADIUS,
    maxZoom: MAX_ZOOM,
    extent: 256,
    map: ({ i }) => {
      const { sites: counts, customers, latitudeDeg, longitudeDeg } = marks[i]!
      return { sites: counts, customers, bounds: { south: latitudeDeg, north: latitudeDeg, west: longitudeDeg, east: longitudeDeg } }
    },
    reduce: (sum, { sites: counts, customers, bounds }) => {
      sum.sites = added(sum.sites, counts)
      sum.customers = added(sum.customers, customers)
      sum.bounds = {
        south: Math.min(sum.bounds.south, bounds.south),
        north: Math.max(sum.bounds.north, bounds.north),
        west: Math.min(sum.bounds.west, bounds.west),
        east: Math.max(sum.bounds.east, bounds.east),
      }
    },
  })
  index.load(
    marks.map(({ latitudeDeg, longitudeDeg }, i) => ({
      type: 'Feature',
      properties: { i },
      geometry: { type: 'Point', coordinates: [longitudeDeg, latitudeDeg] },
    })),
  )
  return ({ south, west, north, east }, zoom) =>
    index.getClusters([west, south, east, north], Math.floor(zoom)).map((feature) => {
      const { properties, geometry } = feature
      if (!('cluster' in properties)) return marks[properties.i]!
      const [longitudeDeg, latitudeDeg] = geometry.coordinates as [number, number]
      return groupMark(`cluster ${properties.cluster_id}`, { latitudeDeg, longitudeDeg }, properties.sites, properties.customers, properties.bounds)
    })
}
