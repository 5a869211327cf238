// A record: one signed statement of a device, in its one spelling (docs/protocol.md, Record).
import type { Bytes } from './bytes'
import { utf8 } from './bytes'
import { type Cursor, NAME, parseWhole } from './cursor'
import { ProofError } from './error'
import { MAX_LATITUDE_E6, MAX_LONGITUDE_E6, MAX_RECORD_BYTES } from './limits'
import { parseSignature } from './signature'

export type PowerStatus = 'ON' | 'OFF'

/** Which of L1, L2 and L3 are live, a digit each: 1 live, 0 dead. */
export type Phases = `${0 | 1}${0 | 1}${0 | 1}`
export const ALL_PHASES: Phases = '111'

/** Why a time is less good than the network's, known when the edge was seen. */
export const TIME_QUALITIES = ['sntp', 'counted-back', 'upper-bound'] as const
export type TimeQuality = (typeof TIME_QUALITIES)[number]

/** What a device states. */
export interface Statement {
  deviceId: string
  /** First and last sequence that a full backlog overwrote unsent, inclusive. */
  dropped?: [number, number]
  /** Provisioned, not measured. */
  latitudeE6: number
  longitudeE6: number
  /** From a device at a site of three phases; ON is exactly where all are live. */
  phases?: Phases
  powerStatus: PowerStatus
  /** Present exactly when it is not `sequence` - 1. */
  previousSequence?: number
  sequence: number
  /** Absent where the time is the network's, known when the edge was seen. */
  timeQuality?: TimeQuality
  timestampUnixS: number
}

/** A canonical record. Its signature is well formed; whose it is, is not yet known. */
export interface DeviceRecord extends Statement {
  /** The canonical bytes with the signature: what the leaf is made of. */
  bytes: Bytes
  /** The same without the field `device_signature`: what was signed. */
  signedBytes: Bytes
  /** R‖S. */
  signature: Bytes
}

/** The first version of the batch that has all of a record's fields. */
export const versionOf = ({ phases, timeQuality }: Statement): number =>
  phases === undefined && timeQuality === undefined ? 1 : 2

const PHASES = /[01]{3}/y
const SIGNATURE = /[A-Za-z0-9_-]{86}/y

/** A record from its text; only the canonical spelling is accepted. */
export function parseRecord(text: string): DeviceRecord {
  // Longer in characters is longer in bytes; and what is not ASCII has no canonical spelling.
  if (text.length > MAX_RECORD_BYTES) {
    throw new ProofError('recordTooLong', { bytes: text.length, limit: MAX_RECORD_BYTES })
  }
  const refuse = ({ expected, at }: { expected: string; at: number }) => new ProofError('recordSpelling', { expected, at })
  const { statement, signature, signatureField } = parseWhole(text, readFields, refuse)
  checkRules(statement)
  return {
    ...statement,
    bytes: utf8(text),
    // The field stands once, and is the only one with this name.
    signedBytes: utf8(text.replace(signatureField, '')),
    signature: parseSignature(signature),
  }
}

function readFields(c: Cursor) {
  c.literal('{"device_id":"')
  const deviceId = c.string(NAME, 'device_id')
  c.literal(',"device_signature":"')
  const signature = c.string(SIGNATURE, 'device_signature')
  let dropped: [number, number] | undefined
  if (c.skip(',"dropped_from":')) {
    const from = c.unsigned('dropped_from')
    c.literal(',"dropped_to":')
    dropped = [from, c.unsigned('dropped_to')]
  }
  c.literal(',"latitude_e6":')
  const latitudeE6 = c.signed(MAX_LATITUDE_E6, 'latitude_e6')
  c.literal(',"longitude_e6":')
  const longitudeE6 = c.signed(MAX_LONGITUDE_E6, 'longitude_e6')
  const phases = c.skip(',"phases":"') ? (c.string(PHASES, 'phases') as Phases) : undefined
  c.literal(',"power_status":"')
  const powerStatus = c.word(['ON', 'OFF'] as const)
  const previousSequence = c.skip(',"previous_sequence":') ? c.unsigned('previous_sequence') : undefined
  c.literal(',"sequence":')
  const sequence = c.unsigned('sequence')
  const timeQuality = c.skip(',"time_quality":"') ? c.word(TIME_QUALITIES) : undefined
  c.literal(',"timestamp":')
  const timestampUnixS = c.unsigned('timestamp')
  c.literal('}')
  const statement: Statement = {
    deviceId, dropped, latitudeE6, longitudeE6, phases, powerStatus, previousSequence, sequence, timeQuality, timestampUnixS,
  }
  return { statement, signature, signatureField: `,"device_signature":"${signature}"` }
}

/** The rules between fields. */
function checkRules({ dropped, phases, powerStatus, previousSequence, sequence }: Statement): void {
  if (previousSequence !== undefined && previousSequence >= sequence - 1) {
    throw new ProofError('recordRule', { rule: 'previous_sequence < sequence - 1' })
  }
  if (dropped && (dropped[0] > dropped[1] || dropped[1] >= sequence)) {
    throw new ProofError('recordRule', { rule: 'dropped_from <= dropped_to < sequence' })
  }
  if (phases !== undefined && (phases === ALL_PHASES) !== (powerStatus === 'ON')) {
    throw new ProofError('recordRule', { rule: 'ON = phases 111' })
  }
}
