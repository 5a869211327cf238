// The trail of complaints as a file: every act with who, when, what, note and transaction.
import type { TrailQuery } from '../api/generated/types'
import { isClosing } from '../complaint/acts'
import { isSigned } from '../complaint/text'
import { cell, head, localTime, type Origin } from './outages'

export type TrailItem = TrailQuery['complaints']['items'][number]
type Event = TrailItem['actions'][number]

/** Acts of one complaint that the service gives at most (schema.graphql, `Complaint.actions`). */
export const MAX_ACTIONS = 500

/** A trail, and what it is of. */
export interface Trail {
  items: TrailItem[]
  /** Only what is this official's: the openings that it closed, or took on. */
  official?: string | undefined
  /** Only complaints of this substation. */
  stationId?: string | undefined
  /** The substation of a complaint; none where it names no place. */
  stationOf: (item: TrailItem) => string | null
  /** There was more than one file takes. */
  isCut: boolean
}

const COLUMNS = ['complaint_id', 'area_id', 'station_id', 'feeder_id', 'site_id', 'class', 'filed_unix_s', 'due_unix_s', 'stands', 'sensor_backed', 'contradicted', 'event', 'at_unix_s', 'at_local', 'signer', 'signer_level', 'index', 'note', 'note_is_signed', 'note_hash', 'duplicate_of', 'transaction', 'block', 'final'] as const

type Row = Record<(typeof COLUMNS)[number], string | number | boolean | null>

/** From each opening to the next: what was filed or opened again, and all that was done and said after it. */
function openings(actions: readonly Event[]): Event[][] {
  const all: Event[][] = []
  for (const event of actions) {
    if (all.length === 0 || event.kind === 'REOPEN') all.push([])
    all.at(-1)!.push(event)
  }
  return all
}

/** Whose an opening is: the official's who closed it, else the one's who took it on. The rule is the register's (protocol, `Opening::owner`). */
const ownerOf = (opening: readonly Event[]): string | undefined => (opening.find(({ kind }) => isClosing(kind)) ?? opening.find(({ kind }) => kind === 'ACKNOWLEDGE'))?.signer.toLowerCase()

function eventsOf({ actions }: TrailItem, official: string | undefined): Event[] {
  return official === undefined ? actions : openings(actions).filter((opening) => ownerOf(opening) === official.toLowerCase()).flat()
}

function row(item: TrailItem, event: Event, stationId: string | null, offsetS: number): Row {
  const isNote = event.note !== null && event.note !== ''
  const isTrue = isNote && isSigned(event.note!, event.noteDigest)
  return {
    complaint_id: item.id,
    area_id: item.areaId,
    station_id: stationId,
    feeder_id: item.feederId,
    site_id: item.siteId,
    class: item.class,
    filed_unix_s: item.filedAtUnixS,
    due_unix_s: item.dueAtUnixS,
    stands: item.lastAction.toLowerCase(),
    sensor_backed: item.isSensorBacked,
    contradicted: item.contradiction !== null,
    event: event.kind.toLowerCase(),
    at_unix_s: event.atUnixS,
    at_local: localTime(event.atUnixS, offsetS),
    signer: event.signer,
    signer_level: event.signerLevel,
    index: event.index,
    // Words that are not what was signed are nobody's.
    note: isTrue ? event.note : null,
    note_is_signed: isNote ? isTrue : null,
    note_hash: event.noteDigest,
    duplicate_of: event.duplicateOf,
    transaction: event.transactionHash,
    block: event.blockNumber,
    final: event.finalized,
  }
}

const rows = ({ items, official, stationId, stationOf }: Trail, offsetS: number): Row[] =>
  items
    .filter((item) => stationId === undefined || stationOf(item) === stationId)
    .flatMap((item) => eventsOf(item, official).map((event) => row(item, event, stationOf(item), offsetS)))

/** Whether something is missing: complaints past the last one, or acts past the last one of a complaint. */
export const isCut = ({ items, isCut }: Trail): boolean => isCut || items.some(({ actions }) => actions.length >= MAX_ACTIONS)

const heading = (trail: Trail, origin: Origin) => ({ ...head(origin), official: trail.official ?? null, station_id: trail.stationId ?? null, is_cut: isCut(trail) })

/** RFC 4180, with the origin in lines that begin with `#`. */
export function trailCsv(trail: Trail, origin: Origin): string {
  const notes = Object.entries(heading(trail, origin)).map(([name, value]) => `# ${name}: ${String(value ?? 'all').replace(/[\r\n]+/g, ' ')}`)
  const table = rows(trail, origin.offsetS).map((row) => Object.values(row).map(cell).join(','))
  return [...notes, COLUMNS.join(','), ...table].join('\r\n') + '\r\n'
}

export const trailJson = (trail: Trail, origin: Origin): string =>
  `${JSON.stringify({ ...heading(trail, origin), events: rows(trail, origin.offsetS) }, null, 2)}\n`
