// The trail of an area as a file: every act with who, when, what, note and transaction.
import type { TrailQuery } from '../api/generated/types'
import { cell, head, localTime, type Origin } from './outages'

export type TrailItem = TrailQuery['complaints']['items'][number]

const COLUMNS = ['complaint_id', 'area_id', 'feeder_id', 'site_id', 'class', 'filed_unix_s', 'due_unix_s', 'stands', 'sensor_backed', 'contradicted', 'event', 'at_unix_s', 'at_local', 'signer', 'signer_level', 'index', 'note', 'note_hash', 'duplicate_of', 'transaction', 'block', 'final'] as const

type Row = Record<(typeof COLUMNS)[number], string | number | boolean | null>

const rows = (item: TrailItem, offsetS: number): Row[] =>
  item.actions.map((event) => ({
    complaint_id: item.id,
    area_id: item.areaId,
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
    note: event.note,
    note_hash: event.noteDigest,
    duplicate_of: event.duplicateOf,
    transaction: event.transactionHash,
    block: event.blockNumber,
    final: event.finalized,
  }))

/** RFC 4180, with the origin in lines that begin with `#`. */
export function trailCsv(items: TrailItem[], origin: Origin): string {
  const notes = Object.entries(head(origin)).map(([name, value]) => `# ${name}: ${String(value).replace(/[\r\n]+/g, ' ')}`)
  const table = items.flatMap((item) => rows(item, origin.offsetS)).map((row) => Object.values(row).map(cell).join(','))
  return [...notes, COLUMNS.join(','), ...table].join('\r\n') + '\r\n'
}

export const trailJson = (items: TrailItem[], origin: Origin): string =>
  `${JSON.stringify({ ...head(origin), events: items.flatMap((item) => rows(item, origin.offsetS)) }, null, 2)}\n`
