// The search over names that are kept on the device: no service is asked while someone types.
import { answerLink } from '../answer/links'
import type { PlaceKind } from '../settings/settings'
import { plain, sound } from './spelling'
import { villageLink, type Village } from './village'

export type NameKind = 'AREA' | 'FEEDER' | 'LOCALITY'

/** Something of the service's that can be searched. */
export interface Name {
  kind: NameKind
  /** Of an area, a feeder, or the site that stands for a locality. */
  id: string
  name: string
  areaId: string
  feederId: string | null
}

/** A place of the basemap, and the district that it lies in. */
export type NamedVillage = Village & { district: string }

/** A name made ready for searching. */
export interface Entry {
  kind: NameKind | 'VILLAGE'
  name: string
  /** What it belongs to, in words. */
  context: string
  /** The page of its answer; no two entries have the same. */
  link: string
  plain: string
  sound: string
}

const KINDS: Record<NameKind, PlaceKind> = { AREA: 'area', FEEDER: 'feeder', LOCALITY: 'site' }

const entry = (kind: Entry['kind'], name: string, context: string, link: string): Entry => {
  const text = plain(name)
  return { kind, name, context, link, plain: text, sound: sound(text) }
}

export function entries(names: Name[]): Entry[] {
  const known = new Map(names.map((name) => [`${name.kind} ${name.id}`, name.name]))
  return names.map(({ kind, id, name, areaId, feederId }) => {
    const area = known.get(`AREA ${areaId}`) ?? areaId
    const feeder = kind === 'LOCALITY' && feederId !== null ? known.get(`FEEDER ${feederId}`) : undefined
    const context = feeder === undefined ? (kind === 'AREA' ? '' : area) : `${feeder}, ${area}`
    return entry(kind, name, context, answerLink(KINDS[kind], id))
  })
}

/** The basemap's places; where several lie at one point under one name, one of them. */
export function villageEntries(villages: NamedVillage[]): Entry[] {
  const all = new Map(villages.map((village) => [villageLink(village), village]))
  return [...all].map(([link, { name, district }]) => entry('VILLAGE', name, district, link))
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

/** What has an answer of its own comes first. */
const KIND_ORDER: Record<Entry['kind'], number> = { LOCALITY: 0, FEEDER: 1, AREA: 2, VILLAGE: 3 }

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
        KIND_ORDER[a.entry.kind] - KIND_ORDER[b.entry.kind] ||
        a.entry.plain.length - b.entry.plain.length ||
        (a.entry.plain < b.entry.plain ? -1 : 1),
    )
    .slice(0, most)
    .map(({ entry }) => entry)
}
