// A block of evidence: records of a window at a complaint's site or on its feeder, each with its place in an anchored
// batch (docs/protocol.md, Texts and evidence). What is read here is well formed; nothing of it is proven yet.
import { fromHex } from './bytes'
import { AREA_ID, type Cursor, NAME, parseWhole } from './cursor'
import { ProofError } from './error'
import { MAX_BLOCK_BYTES, MAX_EVIDENCE_RECORDS, MAX_PATH } from './limits'
import type { InclusionPath } from './merkle'
import { type DeviceRecord, parseRecord } from './record'

/** A device and its coverage of the local days of the window: the service's claim. */
export interface EvidenceDevice {
  deviceId: string
  expected: number
  received: number
}

/** A record and the path to the root of its batch. */
export interface EvidenceRecord extends InclusionPath {
  batchNumber: number
  record: DeviceRecord
}

export interface EvidenceBlock {
  areaId: string
  devices: EvidenceDevice[]
  fromUnixS: number
  records: EvidenceRecord[]
  toUnixS: number
}

const RECORD = /\{[^{}]*\}/y

/** Evidence from its text; only the canonical spelling, in order, is accepted. */
export function parseEvidence(text: string): EvidenceBlock {
  if (text.length > MAX_BLOCK_BYTES) throw new ProofError('evidenceSpelling', { expected: `${MAX_BLOCK_BYTES} bytes`, at: text.length })
  const block = parseWhole(text, readBlock, ({ expected, at }) => new ProofError('evidenceSpelling', { expected, at }))
  checkOrder(block)
  return block
}

function checkOrder({ devices, fromUnixS, records, toUnixS }: EvidenceBlock): void {
  const refuse = (rule: string) => new ProofError('evidenceOrder', { rule })
  if (fromUnixS > toUnixS) throw refuse('from <= to')
  devices.forEach(({ deviceId }, i) => {
    if (i > 0 && devices[i - 1]!.deviceId >= deviceId) throw refuse('device_id rises')
  })
  const named = new Set(devices.map(({ deviceId }) => deviceId))
  records.forEach(({ record }, i) => {
    if (i > 0 && !isAbove(records[i]!, records[i - 1]!)) throw refuse('device_id, sequence, batch_number rise')
    if (!named.has(record.deviceId)) throw refuse('a device that is named')
    if (record.timestampUnixS > toUnixS) throw refuse('timestamp <= to')
  })
}

function isAbove(next: EvidenceRecord, last: EvidenceRecord): boolean {
  if (next.record.deviceId !== last.record.deviceId) return next.record.deviceId > last.record.deviceId
  if (next.record.sequence !== last.record.sequence) return next.record.sequence > last.record.sequence
  return next.batchNumber > last.batchNumber
}

function readBlock(c: Cursor): EvidenceBlock {
  c.literal('{"area_id":"')
  const areaId = c.string(AREA_ID, 'area_id')
  c.literal(',"devices":[')
  const devices = c.items(MAX_EVIDENCE_RECORDS, () => readDevice(c))
  c.literal(',"from":')
  const fromUnixS = c.unsigned('from')
  c.literal(',"records":[')
  const records = c.items(MAX_EVIDENCE_RECORDS, () => readRecord(c))
  c.literal(',"to":')
  const toUnixS = c.unsigned('to')
  c.literal(',"version":1}')
  return { areaId, devices, fromUnixS, records, toUnixS }
}

function readDevice(c: Cursor): EvidenceDevice {
  c.literal('{"device_id":"')
  const deviceId = c.string(NAME, 'device_id')
  c.literal(',"expected":')
  const expected = c.unsigned('expected')
  c.literal(',"received":')
  const received = c.unsigned('received')
  c.literal('}')
  return { deviceId, expected, received }
}

function readRecord(c: Cursor): EvidenceRecord {
  c.literal('{"batch_number":')
  const batchNumber = c.unsigned('batch_number')
  c.literal(',"leaf_index":')
  const leafIndex = c.unsigned('leaf_index')
  c.literal(',"path":[')
  const path = c.items(MAX_PATH, () => {
    c.literal('"')
    return fromHex(c.hash('a sibling'))!
  })
  c.literal(',"record":')
  const record = parseRecord(c.match(RECORD, 'a record'))
  c.literal(',"tree_size":')
  const treeSize = c.unsigned('tree_size')
  c.literal('}')
  return { batchNumber, leafIndex, path, record, treeSize }
}
