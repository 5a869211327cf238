// The leaves of a batch from its lines: first public records, strictly rising by (device_id, sequence, leaf), then the
// sealed leaves of houses, strictly rising by their hashes.
import type { Bytes } from './bytes'
import { fromHex, toHex } from './bytes'
import { asProofError, ProofError } from './error'
import { leafHash } from './merkle'
import { type DeviceRecord, parseRecord } from './record'

/** A published record in its place. */
export interface PublicLeaf {
  record: DeviceRecord
  leaf: Bytes
}

export interface Leaves {
  records: PublicLeaf[]
  sealed: Bytes[]
}

/** Reads lines in their order; `first` is the number of the first line, from 1, for the errors. */
export async function readLeaves(lines: readonly string[], first = 1): Promise<Leaves> {
  const leaves: Leaves = { records: [], sealed: [] }
  for (const [i, line] of lines.entries()) {
    const at = first + i
    if (line.startsWith('{')) {
      const record = lineOf(at, () => parseRecord(line))
      pushRecord(leaves, { record, leaf: await leafHash(record.bytes) }, at)
    } else {
      const leaf = fromHex(line)
      if (leaf?.length !== 32) throw new ProofError('lineSpelling', { line: at, why: 'sealed leaf' })
      pushSealed(leaves, leaf, at)
    }
  }
  return leaves
}

function lineOf<T>(line: number, read: () => T): T {
  try {
    return read()
  } catch (thrown) {
    const { key, values } = asProofError(thrown)
    throw new ProofError('lineSpelling', { line, why: [key, ...Object.values(values)].join(' ') })
  }
}

function pushRecord({ records, sealed }: Leaves, next: PublicLeaf, line: number): void {
  const last = records.at(-1)
  if (sealed.length > 0 || (last && !isAbove(next, last))) throw new ProofError('order', { line })
  records.push(next)
}

function pushSealed({ sealed }: Leaves, leaf: Bytes, line: number): void {
  const last = sealed.at(-1)
  if (last && toHex(last) >= toHex(leaf)) throw new ProofError('order', { line })
  sealed.push(leaf)
}

function isAbove(next: PublicLeaf, last: PublicLeaf): boolean {
  if (next.record.deviceId !== last.record.deviceId) return next.record.deviceId > last.record.deviceId
  if (next.record.sequence !== last.record.sequence) return next.record.sequence > last.record.sequence
  return toHex(next.leaf) > toHex(last.leaf)
}

/** Whether another statement stands under the record's sequence: the device contradicted itself. */
export const isContradicted = ({ records }: Leaves, { deviceId, sequence, signedBytes }: DeviceRecord): boolean =>
  records.some(
    ({ record }) =>
      record.deviceId === deviceId && record.sequence === sequence && toHex(record.signedBytes) !== toHex(signedBytes),
  )
