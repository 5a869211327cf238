// A batch's header block (docs/protocol.md, Batch).
import { type CellCount, readCell } from './cells'
import { AREA_ID, type Cursor, parseWhole } from './cursor'
import { ProofError } from './error'
import { MAX_BLOCKS, MAX_CELLS } from './limits'
import { PROVENANCES, type Provenance } from './provenance'

/** A canonical header; hashes in hex. Whether it is true is for the checks to say. */
export interface BatchHeader {
  areaId: string
  batchNumber: number
  /** SHA-256 of the blocks of lines, in order. */
  blocks: string[]
  cells: CellCount[]
  /** Of arrival, exclusive. */
  periodEndUnixS: number
  periodStartUnixS: number
  /** Of the area's last batch that was not empty; zeros for the first. */
  previousDigest: string
  provenance: Provenance
  publicCount: number
  roster: { digest: string; version: number }
  root: string
  sealedCount: number
  /** The first version of the format that has all fields of its published records. */
  version: number
}

/** A header from its text; only the canonical spelling is accepted. */
export const parseBatchHeader = (text: string): BatchHeader =>
  parseWhole(text, readHeader, ({ expected, at }) => new ProofError('headerSpelling', { expected, at }))

/** The items of `blocks`, in either kind of header. */
export const readBlocks = (c: Cursor): string[] =>
  c.items(MAX_BLOCKS, () => {
    c.literal('"')
    return c.hash('digest')
  })

function readHeader(c: Cursor): BatchHeader {
  c.literal('{"area_id":"')
  const areaId = c.string(AREA_ID, 'area_id')
  c.literal(',"batch_number":')
  const batchNumber = c.unsigned('batch_number')
  c.literal(',"blocks":[')
  const blocks = readBlocks(c)
  c.literal(',"cells":[')
  const cells = c.items(MAX_CELLS, () => readCell(c))
  c.literal(',"period_end":')
  const periodEndUnixS = c.unsigned('period_end')
  c.literal(',"period_start":')
  const periodStartUnixS = c.unsigned('period_start')
  c.literal(',"previous_digest":"')
  const previousDigest = c.hash('previous_digest')
  c.literal(',"provenance":"')
  const provenance = c.word(PROVENANCES)
  c.literal(',"public_count":')
  const publicCount = c.unsigned('public_count')
  c.literal(',"roster":{"digest":"')
  const digest = c.hash('roster digest')
  c.literal(',"version":')
  const rosterVersion = c.unsigned('roster version')
  c.literal('},"root":"')
  const root = c.hash('root')
  c.literal(',"sealed_count":')
  const sealedCount = c.unsigned('sealed_count')
  c.literal(',"version":')
  const version = c.skip('1') ? 1 : (c.literal('2'), 2)
  c.literal('}')
  return {
    areaId, batchNumber, blocks, cells, periodEndUnixS, periodStartUnixS, previousDigest, provenance, publicCount,
    roster: { digest, version: rosterVersion }, root, sealedCount, version,
  }
}
