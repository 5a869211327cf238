// The search over names that are kept on the device: no service is asked while someone types.
import type { PlaceKind } from '../settings/settings'
import { plain, sound } from './spelling'

export type NameKind = 'AREA' | 'FEEDER' | 'LOCALITY'

/** Something that can be searched. */
export interface Name {
  kind: NameKind
  /** Of an area, a feeder, or the site that stands for a locality. */
  id: string
  name: string
  areaId: string
  feederId: string | null
}

/** A name made ready for searching. */
export interface Entry {
  name: Name
  /** The feeder or area that it belongs to, in words. */
  context: string
  plain: string
  sound: string
}

const KINDS: Record<NameKind, PlaceKind> = { AREA: 'area', FEEDER: 'feeder', LOCALITY: 'site' }
export const placeKind = (kind: NameKind): PlaceKind => KINDS[kind]

export function entries(names: Name[]): Entry[] {
  const known = new Map(names.map((name) => [`${name.kind} ${name.id}`, name.name]))
  return names.map((name) => {
    const area = known.get(`AREA ${name.areaId}`) ?? name.areaId
    const feeder = name.kind === 'LOCALITY' && name.feederId !== null ? known.get(`FEEDER ${name.feederId}`) : undefined
    const text = plain(name.name)
    return { name, context: feeder === undefined ? (name.kind === 'AREA' ? '' : area) : `${feeder}, ${area}`, plain: text, sound: sound(text) }
  })
}

/** A sound shorter than this fits too much. */
const MIN_SOUND = 2

/** How well a name fits, the lower the better; none where it does not. */
function rank(entry: Entry, text: string, spoken: string): number | null {
  if (entry.plain === text) return 0
  if (entry.plain.startsWith(text)) return 1
  if (entry.plain.includes(` ${text}`)) return 2
  if (spoken.length >= MIN_SOUND && entry.sound.startsWith(spoken)) return 3
  if (spoken.length >= MIN_SOUND && entry.sound.includes(` ${spoken}`)) return 4
  if (text.length >= 3 && entry.plain.includes(text)) return 5
  return null
}

const KIND_ORDER: Record<NameKind, number> = { LOCALITY: 0, FEEDER: 1, AREA: 2 }

/** The names that fit a text, best first. */
export function find(all: Entry[], text: string, most: number): Entry[] {
  const wanted = plain(text)
  if (wanted === '') return []
  const spoken = sound(wanted)
  return all
    .flatMap((entry) => {
      const found = rank(entry, wanted, spoken)
      return found === null ? [] : [{ entry, found }]
    })
    .sort(
      (a, b) =>
        a.found - b.found ||
        KIND_ORDER[a.entry.name.kind] - KIND_ORDER[b.entry.name.kind] ||
        a.entry.plain.length - b.entry.plain.length ||
        (a.entry.plain < b.entry.plain ? -1 : 1),
    )
    .slice(0, most)
    .map(({ entry }) => entry)
}
