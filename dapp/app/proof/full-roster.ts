// The steps of a full check that are about the roster: which one was in force, the device's row and key, signatures.
import { asciiText, toHex } from './bytes'
import { isConsistent } from './cells'
import { cidOf } from './cid'
import { mapConcurrently } from './concurrent'
import { ProofError } from './error'
import type { FullCheck, FullRun } from './full'
import { leafHash, rootOfLeaves } from './merkle'
import type { PublicLeaf } from './leaves'
import { furthest } from './provenance'
import { cellsOf, checkRows } from './roster'
import { checkEnrolled, type FetchBlock, rosterHeaderOf, rowOf, rowsAround, rowsOf } from './roster-lookup'
import { rowLeaf } from './roster-row'
import { importKey, isSignedBy } from './signature'

/** The batch names the roster that was in force when its period began. */
const roster: FullCheck = async (run, show) => {
  const { evidence, anchor, tag } = run.quick
  const at = anchor.periodStartUnixS
  show('periodStart', at, 'time')
  const inForce = await run.sources.chain.inForce(evidence.areaId, at, tag)
  if (!inForce) throw new ProofError('noRoster', { area: evidence.areaId })
  const used = run.header.roster
  show('rosterVersion', inForce.version)
  show('rosterDigest', inForce.digest, 'hash')
  if (used.version !== inForce.version || used.digest !== inForce.digest) {
    throw new ProofError('rosterUsed', { used: used.version, inForce: inForce.version })
  }
  run.rosterAnchor = inForce
}

const fetching = (run: FullRun): FetchBlock => async (digest, limitBytes) => {
  const bytes = await run.sources.gateway.block(digest, limitBytes)
  run.spend(bytes.length)
  return bytes
}

/** The roster's header has the digest that the chain holds, and says what the chain says. */
const rosterHeader: FullCheck = async (run, show) => {
  const { rosterAnchor: anchor } = run
  show('rosterCid', cidOf(anchor.digest), 'hash')
  const fetchBlock: FetchBlock = async (digest, limitBytes) => {
    const bytes = await fetching(run)(digest, limitBytes)
    show('fetched', bytes.length, 'bytes')
    return bytes
  }
  const header = await rosterHeaderOf(fetchBlock, run.quick.evidence.areaId, anchor)
  show('areaName', header.name)
  show('devices', header.deviceCount)
  run.rosterHeader = header
}

/** The roster has the device, it is no house, and the record's sequence is one that counts. */
const device: FullCheck = async (run, show) => {
  const { record } = run.quick
  if (run.mode === 'all') {
    run.rows = (await mapConcurrently(run.rosterHeader.blocks, (digest) => rowsOf(fetching(run), digest))).flat()
    if (run.rows.length !== run.rosterHeader.deviceCount) {
      throw new ProofError('rosterDiffers', { field: 'device_count', header: run.rosterHeader.deviceCount, chain: run.rows.length })
    }
    checkRows(run.rows)
  } else {
    run.rows = await rowsAround(fetching(run), run.rosterHeader, record.deviceId)
  }
  const row = rowOf(run.rows, record.deviceId)
  show('siteId', row.siteId)
  show('kind', row.kind)
  show('locality', row.locality)
  show('publicKey', row.publicKey, 'hash')
  show('firstSequence', row.firstSequence)
  if (row.lastSequence !== Number.MAX_SAFE_INTEGER) show('lastSequence', row.lastSequence)
  show('provenance', row.provenance)
  checkEnrolled(row, record.sequence)
  run.row = row
}

/** The tree over the rows has the root that the chain holds. */
const rosterTree: FullCheck = async (run, show) => {
  const root = toHex(await rootOfLeaves(await Promise.all(run.rows.map((row) => leafHash(rowLeaf(row))))))
  show('computedRoot', root, 'hash')
  show('chainRoot', run.rosterAnchor.root, 'hash')
  if (root !== run.rosterAnchor.root) throw new ProofError('rosterTree', { computed: root, chain: run.rosterAnchor.root })
}

/** The key of the device's row signed the record. */
const signature: FullCheck = async (run, show) => {
  const { signedBytes, signature: signed } = run.quick.record
  show('signedText', asciiText(signedBytes), 'code')
  show('signature', toHex(signed), 'hash')
  show('publicKey', run.row.publicKey, 'hash')
  if (!(await isSignedBy(await importKey(run.row.publicKey), signedBytes, signed))) {
    throw new ProofError('signatureWrong', { device: run.row.deviceId })
  }
}

/** Every published record of the batch is of an enrolled device that is no house, and signed by its key. */
const records: FullCheck = async (run, show) => {
  const rows = new Map(run.rows.map((row) => [row.deviceId, row]))
  const keys = new Map<string, Promise<CryptoKey>>()
  await mapConcurrently(run.leaves.records, async ({ record }: PublicLeaf, i) => {
    const row = rows.get(record.deviceId)
    if (!row) throw new ProofError('deviceMissing', { device: record.deviceId })
    checkEnrolled(row, record.sequence)
    const key = keys.get(row.deviceId) ?? importKey(row.publicKey)
    keys.set(row.deviceId, key)
    if (!(await isSignedBy(await key, record.signedBytes, record.signature))) {
      throw new ProofError('recordsWrong', { line: i + 1, device: record.deviceId })
    }
  })
  show('records', run.leaves.records.length)
  show('devices', keys.size)
}

/** The counts of cells are those of the roster's cells and keep the rule of five; provenance is the roster's. */
const cells: FullCheck = async (run, show) => {
  const { cells: counted, provenance } = run.header
  const enrolled = cellsOf(run.rows)
  show('cells', counted.length)
  show('provenance', provenance)
  const agree =
    counted.length === enrolled.length &&
    counted.every((cell, i) => cell.cell === enrolled[i]![0] && cell.expected === enrolled[i]![1] && isConsistent(cell))
  if (!agree) throw new ProofError('cellsDiffer')
  const expected = furthest(run.rows.map((row) => row.provenance))
  if (provenance !== expected) throw new ProofError('headerDiffers', { field: 'provenance', header: provenance, chain: expected })
}

export const ROSTER_CHECKS = { roster, rosterHeader, device, rosterTree, signature, records, cells }
