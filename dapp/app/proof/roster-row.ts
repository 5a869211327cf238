// A row of a roster: one device at a site (docs/protocol.md, Roster).
import type { Bytes } from './bytes'
import { concat, fromHex, uint64, utf8 } from './bytes'
import { type Cursor, NAME, parseWhole, TEXT } from './cursor'
import { ProofError } from './error'
import { MAX_LATITUDE_E6, MAX_LONGITUDE_E6 } from './limits'
import { PROVENANCES, type Provenance } from './provenance'

export const KINDS = ['transformer', 'street', 'house'] as const
export type Kind = (typeof KINDS)[number]

/** A row that is canonical and keeps the rules within a row. Its key is checked where it is used. */
export interface RosterRow {
  /** Houses only, and always for those. */
  cell?: string
  customers: number
  deviceId: string
  feederId: string
  feederName: string
  firstSequence: number
  heartbeatS: number
  kind: Kind
  lastSequence: number
  /** All but houses. */
  positionE6?: [latitude: number, longitude: number]
  locality: string
  parent?: string
  provenance: Provenance
  /** The uncompressed point in hex. */
  publicKey: string
  removed?: string
  siteId: string
  stationId: string
}

/** How the ids of devices without a secure element begin: what they sign is never news. */
const DEVELOPMENT = 'development-'
const KEY = /04[0-9a-f]{128}/y

/** A row from its line; only the canonical spelling is accepted. */
export function parseRow(line: string): RosterRow {
  const row = parseWhole(line, readRow, ({ expected, at }) => new ProofError('rosterSpelling', { expected, at }))
  const broken = (rule: string) => new ProofError('rosterRow', { device: row.deviceId, rule })
  const isHouse = row.kind === 'house'
  if (isHouse !== (row.cell !== undefined)) throw broken('cell: house')
  if (isHouse === (row.positionE6 !== undefined)) throw broken('latitude_e6, longitude_e6: not house')
  if (row.firstSequence > row.lastSequence) throw broken('first_sequence <= last_sequence')
  if (row.heartbeatS === 0) throw broken('heartbeat_s >= 1')
  if (row.deviceId.startsWith(DEVELOPMENT) && row.provenance !== 'generated') throw broken('development-: generated')
  return row
}

/** The binary leaf of the anchored tree: `x ‖ y`, first and last sequence, device id. */
export function rowLeaf(row: RosterRow): Bytes {
  const point = fromHex(row.publicKey) ?? new Uint8Array()
  return concat(point.slice(1), uint64(row.firstSequence), uint64(row.lastSequence), utf8(row.deviceId))
}

function readRow(c: Cursor): RosterRow {
  const optional = (field: string, pattern: RegExp) => (c.skip(`"${field}":"`) ? c.string(pattern, field) : undefined)
  c.literal('{')
  const cell = optional('cell', NAME)
  if (cell) c.literal(',')
  c.literal('"customers":')
  const customers = c.unsigned('customers')
  c.literal(',"device_id":"')
  const deviceId = c.string(NAME, 'device_id')
  c.literal(',"feeder_id":"')
  const feederId = c.string(NAME, 'feeder_id')
  c.literal(',"feeder_name":"')
  const feederName = c.string(TEXT, 'feeder_name')
  c.literal(',"first_sequence":')
  const firstSequence = c.unsigned('first_sequence')
  c.literal(',"heartbeat_s":')
  const heartbeatS = c.unsigned('heartbeat_s')
  c.literal(',"kind":"')
  const kind = c.word(KINDS)
  c.literal(',"last_sequence":')
  const lastSequence = c.unsigned('last_sequence')
  const latitude = c.skip(',"latitude_e6":') ? c.signed(MAX_LATITUDE_E6, 'latitude_e6') : undefined
  c.literal(',"locality":"')
  const locality = c.string(TEXT, 'locality')
  let positionE6: [number, number] | undefined
  if (latitude !== undefined) {
    c.literal(',"longitude_e6":')
    positionE6 = [latitude, c.signed(MAX_LONGITUDE_E6, 'longitude_e6')]
  }
  c.literal(',')
  const parent = optional('parent', NAME)
  if (parent) c.literal(',')
  c.literal('"provenance":"')
  const provenance = c.word(PROVENANCES)
  c.literal(',"public_key":"')
  const publicKey = c.string(KEY, 'public_key')
  c.literal(',')
  const removed = optional('removed', TEXT)
  if (removed) c.literal(',')
  c.literal('"site_id":"')
  const siteId = c.string(NAME, 'site_id')
  c.literal(',"station_id":"')
  const stationId = c.string(NAME, 'station_id')
  c.literal('}')
  return {
    cell, customers, deviceId, feederId, feederName, firstSequence, heartbeatS, kind, lastSequence, positionE6,
    locality, parent, provenance, publicKey, removed, siteId, stationId,
  }
}
