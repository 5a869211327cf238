// A roster from IPFS, as far as one device needs it: its header as the chain has it, and the block with the device's row.
import { linesOf } from './block'
import { asciiText, type Bytes } from './bytes'
import { cidOf } from './cid'
import type { RosterAnchor } from './contractReads'
import { ProofError } from './error'
import { MAX_BLOCK_BYTES, MAX_HEADER_BYTES } from './limits'
import { parseRosterHeader, type RosterHeader } from './roster'
import { parseRow, type RosterRow } from './roster-row'

/** Fetches a block by its digest; whoever calls may count bytes or keep what was fetched. */
export type FetchBlock = (digest: string, limitBytes: number) => Promise<Bytes>

/** The roster's header has the digest that the chain holds, and says what the chain says. */
export async function rosterHeaderOf(fetchBlock: FetchBlock, areaId: string, anchor: RosterAnchor): Promise<RosterHeader> {
  const h = parseRosterHeader(asciiText(await fetchBlock(anchor.digest, MAX_HEADER_BYTES)))
  const fields: [field: string, header: string | number, chain: string | number][] = [
    ['area_id', h.areaId, areaId],
    ['version', h.version, anchor.version],
    ['effective_from', h.effectiveFromUnixS, anchor.effectiveFromUnixS],
    ['device_count', h.deviceCount, anchor.devices],
    ['root', h.root, anchor.root],
  ]
  for (const [field, header, chain] of fields) {
    if (header !== chain) throw new ProofError('rosterDiffers', { field, header, chain })
  }
  return h
}

export const rowsOf = async (fetchBlock: FetchBlock, digest: string): Promise<RosterRow[]> =>
  linesOf(await fetchBlock(digest, MAX_BLOCK_BYTES), cidOf(digest)).map(parseRow)

/** The rows of the one block that can hold the device: rows are in the order of devices, so halving finds it. */
export async function rowsAround(fetchBlock: FetchBlock, { blocks }: RosterHeader, deviceId: string): Promise<RosterRow[]> {
  for (let low = 0, high = blocks.length - 1; low <= high; ) {
    const middle = Math.floor((low + high) / 2)
    const rows = await rowsOf(fetchBlock, blocks[middle]!)
    if (deviceId < rows[0]!.deviceId) high = middle - 1
    else if (deviceId > rows.at(-1)!.deviceId) low = middle + 1
    else return rows
  }
  return []
}

/** The device's row among these. */
export function rowOf(rows: readonly RosterRow[], deviceId: string): RosterRow {
  const row = rows.find((one) => one.deviceId === deviceId)
  if (!row) throw new ProofError('deviceMissing', { device: deviceId })
  return row
}

/** The device is no house, and the record's sequence is one that counts. */
export function checkEnrolled({ deviceId, kind, firstSequence, lastSequence }: RosterRow, sequence: number): void {
  if (kind === 'house') throw new ProofError('deviceHouse', { device: deviceId })
  if (sequence < firstSequence || sequence > lastSequence) {
    throw new ProofError('deviceSequence', { sequence, first: firstSequence, last: lastSequence })
  }
}
