// What config.json beside the page says of the installation; graphql/src/origin/installation.rs writes it. It may be an
// older version's, or another server's: what does not fit is none.
import { hostOf, tileTemplate } from './addresses'

/** Longest attribution that is shown, in characters. */
const MAX_ATTRIBUTION = 300

/** A street map's tiles. */
export interface StreetMap {
  /** `https://…/{z}/{x}/{y}.png` */
  url: string
  /** Whose data that is; empty where only its address is known. */
  attribution: string
  /** Who learns where the reader looks. */
  host: string
}

/** Tiles that a reader named. */
export const namedStreets = (url: string): StreetMap => ({ url, attribution: '', host: hostOf(url) })

/** The installation's tiles, `map_tiles`; none where it has none that this page can show. */
export function installedStreets(config: unknown): StreetMap | null {
  const tiles = Object(Object(config).map_tiles) as Record<string, unknown>
  const url = typeof tiles.url === 'string' ? tileTemplate(tiles.url) : null
  // A street map names its source.
  if (url === null || typeof tiles.attribution !== 'string' || tiles.attribution.trim() === '') return null
  return { url, attribution: tiles.attribution.trim().slice(0, MAX_ATTRIBUTION), host: hostOf(url) }
}
