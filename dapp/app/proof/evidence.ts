// Checks the evidence of a complaint from the chain and IPFS alone: that this block was filed, and that each record in it
// is anchored, of a device of the complaint's place, and signed by it.
import { asciiText, type Bytes, toHex } from './bytes'
import { cidOf } from './cid'
import { mapConcurrently } from './concurrent'
import type { Anchor, RosterAnchor } from './contractReads'
import { ProofError } from './error'
import { type EvidenceBlock, type EvidenceRecord, parseEvidence } from './evidence-block'
import { MAX_BLOCK_BYTES } from './limits'
import { leafHash, rootFromPath } from './merkle'
import { type ChainRead, readChain } from './quick'
import { checkRootOnChain } from './rootOnChain'
import type { RosterHeader } from './roster'
import { checkEnrolled, type FetchBlock, rosterHeaderOf, rowOf, rowsAround } from './roster-lookup'
import type { RosterRow } from './roster-row'
import { importKey, isSignedBy } from './signature'
import type { Sources } from './sources'
import type { PlannedStep, Show } from './steps'

/** What was filed, as the service tells it: its hash must be the complaint's number. */
export interface Filed {
  /** The complaint's number, 0x and hex. */
  id: string
  areaId: string
  /** May be empty. */
  siteId: string
  /** May be empty. */
  feederId: string
  /** SHA-256 of the evidence, 64 hex digits. */
  digest: string
  /** Makes the number of a complaint with these fields anew. */
  hash: () => string
  /** Address of the contract for complaints. */
  contract: string
}

/** What the steps find for those after them. */
interface Run {
  filed: Filed
  sources: Sources
  block: EvidenceBlock
  /** By batch number. */
  batches: Map<number, ChainRead>
  /** Of each record, in order. */
  rows: RosterRow[]
}

type Check = (run: Run, show: Show) => Promise<'notFinal' | void>

/** The complaint's number is the hash of what was filed, this evidence included, and the chain has that complaint. */
const filing: Check = async ({ filed, sources }, show) => {
  show('complaint', filed.id, 'hash')
  show('contract', filed.contract, 'hash')
  show('evidence', filed.digest, 'hash')
  const hash = filed.hash()
  if (hash !== filed.id) throw new ProofError('filingDiffers', { computed: hash.slice(2), claimed: filed.id.slice(2) })
  const found = await sources.chain.chainId()
  if (found !== sources.chainId) throw new ProofError('wrongChain', { expected: sources.chainId, found })
  const filedAtUnixS = await sources.chain.filedAt(filed.contract, filed.id, 'latest')
  if (filedAtUnixS === undefined) throw new ProofError('noComplaint')
  show('filedAt', filedAtUnixS, 'time')
}

/** The block has the digest that was filed, is well formed, and of the complaint's area. */
const evidence: Check = async (run, show) => {
  const { filed, sources } = run
  show('blockCid', cidOf(filed.digest), 'hash')
  const bytes = await sources.gateway.block(filed.digest, MAX_BLOCK_BYTES)
  show('fetched', bytes.length, 'bytes')
  const block = (run.block = parseEvidence(asciiText(bytes)))
  show('periodStart', block.fromUnixS, 'time')
  show('periodEnd', block.toUnixS, 'time')
  show('records', block.records.length)
  for (const { deviceId, received, expected } of block.devices) show('coverage', `${deviceId}: ${received}/${expected}`)
  if (block.areaId !== filed.areaId) throw new ProofError('evidenceArea', { found: block.areaId, area: filed.areaId })
  if (block.records.length === 0) throw new ProofError('evidenceEmpty')
}

/** Each record leads to the root of its batch that the chain holds. */
const evidenceRoots: Check = async (run, show) => {
  const { areaId, records } = run.block
  const numbers = [...new Set(records.map(({ batchNumber }) => batchNumber))]
  const reads = await mapConcurrently(numbers, (batchNumber) => readChain({ areaId, batchNumber }, run.sources))
  run.batches = new Map(numbers.map((number, i) => [number, reads[i]!]))
  for (const at of records) {
    const { anchor } = run.batches.get(at.batchNumber)!
    const root = toHex(await rootFromPath(await leafHash(at.record.bytes), at))
    show('record', asciiText(at.record.bytes), 'code')
    show('batchNumber', at.batchNumber)
    show('computedRoot', root, 'hash')
    show('chainRoot', anchor.root, 'hash')
    checkRootOnChain(anchor, root, { areaId, batchNumber: at.batchNumber, treeSize: at.treeSize })
  }
}

/** The list of devices in force for each batch has the record's device, at the complaint's place. */
const evidenceDevices: Check = async (run, show) => {
  const { areaId, records } = run.block
  const blocks = new Map<string, Promise<Bytes>>()
  // Records share batches, and batches lists: each block is fetched once.
  const fetchBlock: FetchBlock = (digest, limitBytes) => {
    const fetched = blocks.get(digest) ?? run.sources.gateway.block(digest, limitBytes)
    blocks.set(digest, fetched)
    return fetched
  }
  const lists = new Map<string, Promise<RosterHeader>>()
  const headerOf = (roster: RosterAnchor) => {
    const header = lists.get(roster.digest) ?? rosterHeaderOf(fetchBlock, areaId, roster)
    lists.set(roster.digest, header)
    return header
  }
  const inForce = new Map<number, Promise<RosterAnchor>>()
  const rosterAt = ({ periodStartUnixS }: Anchor, { tag }: ChainRead) => {
    const found = inForce.get(periodStartUnixS) ?? rosterInForce(run.sources, areaId, periodStartUnixS, tag)
    inForce.set(periodStartUnixS, found)
    return found
  }
  run.rows = await mapConcurrently(records, async ({ batchNumber, record }) => {
    const read = run.batches.get(batchNumber)!
    const header = await headerOf(await rosterAt(read.anchor, read))
    const row = rowOf(await rowsAround(fetchBlock, header, record.deviceId), record.deviceId)
    checkEnrolled(row, record.sequence)
    checkPlace(row, run.filed)
    return row
  })
  for (const row of new Map(run.rows.map((row) => [row.deviceId, row])).values()) {
    show('deviceId', row.deviceId)
    show('siteId', row.siteId)
    show('locality', row.locality)
    show('publicKey', row.publicKey, 'hash')
  }
}

async function rosterInForce({ chain }: Sources, areaId: string, atUnixS: number, tag: ChainRead['tag']): Promise<RosterAnchor> {
  const found = await chain.inForce(areaId, atUnixS, tag)
  if (!found) throw new ProofError('noRoster', { area: areaId })
  return found
}

function checkPlace({ deviceId, siteId, feederId }: RosterRow, filed: Filed): void {
  const [found, expected] = filed.siteId ? [siteId, filed.siteId] : [feederId, filed.feederId]
  if (found !== expected) throw new ProofError('evidencePlace', { device: deviceId, found, expected })
}

/** Each record is signed by its device's key. */
const evidenceSigned: Check = async (run, show) => {
  const keys = new Map<string, Promise<CryptoKey>>()
  await mapConcurrently(run.block.records, async ({ record }: EvidenceRecord, i) => {
    const { publicKey, deviceId } = run.rows[i]!
    const key = keys.get(publicKey) ?? importKey(publicKey)
    keys.set(publicKey, key)
    if (!(await isSignedBy(await key, record.signedBytes, record.signature))) throw new ProofError('signatureWrong', { device: deviceId })
  })
  show('records', run.block.records.length)
  show('devices', keys.size)
}

/** Whether the blocks that anchored them can still be replaced. */
const evidenceFinal: Check = async (run, show) => {
  const reads = [...run.batches.values()]
  show('anchoredAt', Math.max(...reads.map(({ anchor }) => anchor.anchoredAtUnixS)), 'time')
  const unknown = reads.find(({ noFinality }) => noFinality)?.noFinality
  if (unknown) throw unknown
  return reads.every(({ tag }) => tag === 'finalized') ? undefined : 'notFinal'
}

const CHECKS = { filing, evidence, evidenceRoots, evidenceDevices, evidenceSigned, evidenceFinal }

/** The steps, and what was read once the first of them passed. */
export function planEvidence(filed: Filed, sources: Sources) {
  const run = { filed, sources } as Run
  const steps = (Object.keys(CHECKS) as (keyof typeof CHECKS)[]).map(
    (id): PlannedStep => ({ id, run: async (show) => (await CHECKS[id](run, show)) ?? undefined }),
  )
  return { steps, block: () => run.block as EvidenceBlock | undefined }
}
