// What lies under the marks: the installation's own outlines and place names where it has them, else a plain graticule.
// Nothing of it comes from another host.
import { serviceUrl } from '../api/service'
import { worldPixels, type Frame } from './frame'
import type { Palette } from '../settings/palette'

/** Largest file that is read, in characters. */
const MAX_CHARACTERS = 4_000_000
/** Longest credit that is shown, in characters. */
const MAX_CREDIT = 300
/** From this zoom on places are named. */
export const PLACES_FROM_ZOOM = 11
/** Fewest inhabitants of a place that is named, by zoom. */
const population = (zoom: number): number => (zoom >= 14 ? 0 : zoom === 13 ? 1_500 : zoom === 12 ? 4_000 : 8_000)

export interface PlaceName {
  name: string
  /** Empty where the file names none. */
  district: string
  latitudeDeg: number
  longitudeDeg: number
  population: number
}

/** What is known so far; it may grow while the map is shown. */
export interface Basemap {
  /** Rings of [longitude, latitude]; none while it is not known whether there are any. */
  outlines: [number, number][][] | null
  places: PlaceName[]
}

async function text(path: string): Promise<string> {
  const response = await fetch(serviceUrl(`basemap/${path}`))
  const type = response.headers.get('content-type') ?? ''
  // A web server that knows no basemap may answer with a page.
  if (!response.ok || type.includes('html')) return ''
  const found = await response.text()
  return found.length <= MAX_CHARACTERS ? found : ''
}

/** Rings of a GeoJSON collection of polygons; what is nothing of that kind is left out. */
export function outlinesOf(json: string): [number, number][][] {
  try {
    const { features } = JSON.parse(json) as { features: { geometry: { type: string; coordinates: unknown } }[] }
    const rings = features.flatMap(({ geometry }) => {
      if (geometry.type === 'Polygon') return geometry.coordinates as [number, number][][]
      return geometry.type === 'MultiPolygon' ? (geometry.coordinates as [number, number][][][]).flat() : []
    })
    return rings.filter((ring) => ring.every(([x, y]) => Number.isFinite(x) && Number.isFinite(y)))
  } catch {
    return []
  }
}

/** Places of `name`, `latitude_e6`, `longitude_e6`, and of `population` and `district` where there are these; the largest first. */
export function placesOf(csv: string): PlaceName[] {
  const [head = '', ...lines] = csv.split(/\r?\n/)
  const columns = head.split(',')
  const [name, latitude, longitude, people, district] = ['name', 'latitude_e6', 'longitude_e6', 'population', 'district'].map((column) => columns.indexOf(column))
  if (name === -1 || latitude === -1 || longitude === -1) return []
  return lines
    .map((line) => line.split(','))
    .filter((cells) => cells.length === columns.length)
    .map((cells) => ({
      name: cells[name!]!,
      district: cells[district!] ?? '',
      latitudeDeg: Number(cells[latitude!]) / 1e6,
      longitudeDeg: Number(cells[longitude!]) / 1e6,
      population: Number(cells[people!] ?? 0) || 0,
    }))
    .filter((place) => place.name !== '' && Number.isFinite(place.latitudeDeg) && Number.isFinite(place.longitudeDeg))
    .sort((a, b) => b.population - a.population)
}

/** Answers by address, so that each file is asked for once. */
const asked = new Map<string, Promise<string>>()

function once(path: string): Promise<string> {
  const address = serviceUrl(`basemap/${path}`)
  const known = asked.get(address)
  if (known) return known
  const answer = text(path).catch(() => {
    asked.delete(address)
    return ''
  })
  asked.set(address, answer)
  return answer
}

/** Whose data the basemap is; empty where the installation has none. */
export const loadCredit = async (): Promise<string> => (await once('credit.txt')).trim().slice(0, MAX_CREDIT)

/** The installation's outlines; none where it has no basemap. */
export const loadOutlines = async (): Promise<[number, number][][]> => outlinesOf(await once('blocks.geojson'))

/** The installation's names of places, wanted only when the map is near enough or somebody searches. */
export const loadPlaces = async (): Promise<PlaceName[]> => placesOf(await once('places.csv'))

/** Draws outlines and place names, or a graticule. */
export function createBasemapDrawing(basemap: Basemap, colours: Palette) {
  return (frame: Frame) => {
    if (basemap.outlines?.length === 0) drawGraticule(frame, colours)
    else if (basemap.outlines) drawOutlines(frame, basemap.outlines, colours)
    if (frame.zoom >= PLACES_FROM_ZOOM) drawPlaces(frame, basemap.places, colours)
  }
}

function drawOutlines({ context, zoom, left, top }: Frame, outlines: [number, number][][], colours: Palette) {
  context.beginPath()
  for (const ring of outlines) {
    ring.forEach(([longitude, latitude], i) => {
      const [x, y] = worldPixels(latitude, longitude, zoom)
      if (i === 0) context.moveTo(x - left, y - top)
      else context.lineTo(x - left, y - top)
    })
    context.closePath()
  }
  context.fillStyle = colours.paper
  context.fill()
  context.lineWidth = 1.5
  context.strokeStyle = colours.mapLine
  context.stroke()
}

/** Lines every so many degrees: fine enough to see that the map moves. */
function drawGraticule({ context, width, height, zoom, left, top }: Frame, colours: Palette) {
  const step = [10, 5, 2, 1, 0.5, 0.2, 0.1, 0.05, 0.02, 0.01].find((degrees) => worldPixels(0, degrees, zoom)[0] - worldPixels(0, 0, zoom)[0] < 220) ?? 0.005
  const scale = 256 * 2 ** zoom
  const longitudeAt = (x: number) => ((x + left) / scale) * 360 - 180
  const latitudeAt = (y: number) => (Math.atan(Math.sinh(Math.PI * (1 - (2 * (y + top)) / scale))) * 180) / Math.PI
  context.lineWidth = 1
  context.strokeStyle = colours.mapLine
  context.fillStyle = colours.mapWords
  context.font = '11px system-ui, sans-serif'
  context.textAlign = 'left'
  context.textBaseline = 'bottom'
  const digits = step < 0.1 ? 2 : step < 1 ? 1 : 0
  context.beginPath()
  for (let longitude = Math.ceil(longitudeAt(0) / step) * step; longitude < longitudeAt(width); longitude += step) {
    const x = worldPixels(0, longitude, zoom)[0] - left
    context.moveTo(x, 0)
    context.lineTo(x, height)
    context.fillText(`${longitude.toFixed(digits)}°`, x + 3, height - 22)
  }
  for (let latitude = Math.ceil(latitudeAt(height) / step) * step; latitude < latitudeAt(0); latitude += step) {
    const y = worldPixels(latitude, 0, zoom)[1] - top
    context.moveTo(0, y)
    context.lineTo(width, y)
    context.fillText(`${latitude.toFixed(digits)}°`, 4, y - 2)
  }
  context.stroke()
}

function drawPlaces({ context, width, height, zoom, left, top }: Frame, places: PlaceName[], colours: Palette) {
  const least = population(zoom)
  const taken: { x: number; y: number }[] = []
  context.font = '12px system-ui, sans-serif'
  context.textAlign = 'center'
  context.textBaseline = 'bottom'
  context.fillStyle = colours.mapWords
  for (const place of places) {
    if (place.population < least) break
    const [worldX, worldY] = worldPixels(place.latitudeDeg, place.longitudeDeg, zoom)
    const x = worldX - left
    const y = worldY - top
    if (x < 0 || y < 0 || x > width || y > height) continue
    if (taken.some((other) => Math.abs(other.x - x) < 70 && Math.abs(other.y - y) < 16)) continue
    taken.push({ x, y })
    context.fillRect(x - 1.5, y - 1.5, 3, 3)
    context.fillText(place.name, x, y - 3)
  }
}
