// A roster: the devices of an area. Its header, and the rules between rows.
import { readBlocks } from './batch-header'
import { AREA_ID, type Cursor, parseWhole, TEXT } from './cursor'
import { ProofError } from './error'
import { MAX_UTC_OFFSET_S, MIN_CELL } from './limits'
import type { RosterRow } from './roster-row'

/** A canonical header; hashes in hex. */
export interface RosterHeader {
  areaId: string
  /** SHA-256 of the blocks of rows, in order. */
  blocks: string[]
  deviceCount: number
  effectiveFromUnixS: number
  name: string
  root: string
  utcOffsetS: number
  version: number
}

/** A header from its text; only the canonical spelling is accepted. */
export const parseRosterHeader = (text: string): RosterHeader =>
  parseWhole(text, readHeader, ({ expected, at }) => new ProofError('rosterSpelling', { expected, at }))

/** Devices stand in the order of their ids, each once; a cell has at least five enrolled houses. */
export function checkRows(rows: readonly RosterRow[]): void {
  rows.forEach((row, i) => {
    const before = rows[i - 1]
    if (before && before.deviceId >= row.deviceId) {
      throw new ProofError('rosterRow', { device: row.deviceId, rule: 'device_id rises' })
    }
  })
  for (const [cell, houses] of cellsOf(rows)) {
    if (houses < MIN_CELL) throw new ProofError('rosterRow', { device: cell, rule: `cell >= ${MIN_CELL}` })
  }
}

/** Enrolled houses by cell, in the order of cells. */
export function cellsOf(rows: readonly RosterRow[]): [cell: string, houses: number][] {
  const cells = new Map<string, number>()
  for (const { cell, removed } of rows) {
    if (cell !== undefined && removed === undefined) cells.set(cell, (cells.get(cell) ?? 0) + 1)
  }
  return [...cells].sort(([a], [b]) => (a < b ? -1 : 1))
}

function readHeader(c: Cursor): RosterHeader {
  c.literal('{"area_id":"')
  const areaId = c.string(AREA_ID, 'area_id')
  c.literal(',"blocks":[')
  const blocks = readBlocks(c)
  c.literal(',"device_count":')
  const deviceCount = c.unsigned('device_count')
  c.literal(',"effective_from":')
  const effectiveFromUnixS = c.unsigned('effective_from')
  c.literal(',"name":"')
  const name = c.string(TEXT, 'name')
  c.literal(',"root":"')
  const root = c.hash('root')
  c.literal(',"utc_offset_s":')
  const utcOffsetS = c.signed(MAX_UTC_OFFSET_S, 'utc_offset_s')
  c.literal(',"version":')
  const version = c.unsigned('version')
  c.literal('}')
  return { areaId, blocks, deviceCount, effectiveFromUnixS, name, root, utcOffsetS, version }
}
