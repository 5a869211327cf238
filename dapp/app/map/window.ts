// Windows of the map in degrees.
import type { Bounds, Mark } from './marks'

/** How much more than the window is asked for on each side, so that a small movement needs no question. */
const MARGIN = 0.35
/** Widest window that the service answers. */
const MAX_WIDTH_DEG = 179.5

const clamp = (value: number, least: number, most: number) => Math.max(least, Math.min(most, value))

/** The window to ask for: somewhat larger, and not across the date line. */
export function asked({ south, west, north, east }: Bounds): Bounds {
  const [x, y] = [(east - west) * MARGIN, (north - south) * MARGIN]
  const left = clamp(west - x, -180, 179)
  return {
    south: clamp(south - y, -90, 89),
    north: clamp(north + y, -89, 90),
    west: left,
    east: clamp(east + x, left + 0.000001, Math.min(180, left + MAX_WIDTH_DEG)),
  }
}

export const contains = (outer: Bounds, inner: Bounds): boolean =>
  outer.south <= inner.south && outer.west <= inner.west && outer.north >= inner.north && outer.east >= inner.east

export const within = (marks: Mark[], { south, west, north, east }: Bounds): Mark[] =>
  marks.filter(({ latitudeDeg, longitudeDeg }) => latitudeDeg >= south && latitudeDeg <= north && longitudeDeg >= west && longitudeDeg <= east)
