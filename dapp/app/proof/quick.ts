// The quick check: the record, its leaf, the path to the root, and the root that the chain holds.
import { toHex } from './bytes'
import type { Anchor } from './contractReads'
import { checkRootOnChain } from './rootOnChain'
import { ProofError } from './error'
import { leafHash, rootFromPath } from './merkle'
import { type DeviceRecord, parseRecord, type PowerStatus } from './record'
import type { Tag } from './rpc'
import type { Evidence, Question } from './service'
import type { Sources } from './sources'
import type { PlannedStep } from './steps'

/** What the page says of the reading: the record must say the same. */
export interface Claim {
  powerStatus?: PowerStatus
  timestampUnixS?: number
}

/** What a passed quick check leaves for the full one. */
export interface QuickFindings {
  evidence: Evidence
  record: DeviceRecord
  anchor: Anchor
  /** As of which block the chain was read. */
  tag: Tag
}

/** The steps, and what they found once all passed. */
export function planQuick(question: Question, claim: Claim, sources: Sources) {
  let evidence!: Evidence
  let record!: DeviceRecord
  let leaf!: Uint8Array<ArrayBuffer>
  let root!: string
  let read!: ChainRead
  const steps: PlannedStep[] = [
    {
      id: 'record',
      async run(show) {
        evidence = await sources.service.evidence(question)
        record = parseRecord(evidence.record)
        show('record', evidence.record, 'code')
        show('deviceId', record.deviceId)
        show('sequence', record.sequence)
        show('powerStatus', record.powerStatus)
        if (record.phases !== undefined) show('phases', record.phases)
        show('timestamp', record.timestampUnixS, 'time')
        if (record.timeQuality !== undefined) show('timeQuality', record.timeQuality)
        checkClaim(record, evidence, question, claim)
      },
    },
    {
      id: 'leaf',
      async run(show) {
        leaf = await leafHash(record.bytes)
        show('leaf', toHex(leaf), 'hash')
      },
    },
    {
      id: 'path',
      async run(show) {
        show('leafIndex', evidence.leafIndex)
        show('treeSize', evidence.treeSize)
        evidence.path.forEach((hash) => show('sibling', toHex(hash), 'hash'))
        root = toHex(await rootFromPath(leaf, evidence))
        show('computedRoot', root, 'hash')
      },
    },
    {
      id: 'chain',
      async run(show) {
        show('contract', sources.anchors, 'hash')
        show('areaId', evidence.areaId)
        show('batchNumber', evidence.batchNumber)
        read = await readChain(evidence, sources)
        show('chainId', sources.chainId)
        show('chainRoot', read.anchor.root, 'hash')
        show('computedRoot', root, 'hash')
        checkRootOnChain(read.anchor, root, evidence)
      },
    },
    {
      id: 'final',
      async run(show) {
        const { periodEndUnixS, anchoredAtUnixS } = read.anchor
        show('arrivedBefore', periodEndUnixS, 'time')
        show('anchoredAt', anchoredAtUnixS, 'time')
        show('arrivalDelay', periodEndUnixS - record.timestampUnixS, 'duration')
        if (read.noFinality) throw read.noFinality
        return read.tag === 'finalized' ? undefined : 'notFinal'
      },
    },
  ]
  const findings = (): QuickFindings => ({ evidence, record, anchor: read.anchor, tag: read.tag })
  return { steps, findings }
}

function checkClaim(record: DeviceRecord, evidence: Evidence, question: Question, claim: Claim): void {
  const pairs: [field: string, claimed: string | number | undefined, found: string | number][] = [
    ['device_id', question.deviceId, record.deviceId],
    ['sequence', question.sequence, record.sequence],
    ['batch_number', question.batchNumber, evidence.batchNumber],
    ['power_status', claim.powerStatus, record.powerStatus],
    ['timestamp', claim.timestampUnixS, record.timestampUnixS],
  ]
  for (const [field, claimed, found] of pairs) {
    if (claimed !== undefined && claimed !== found) throw new ProofError('recordClaim', { field, claimed, found })
  }
}

/** What the chain says of a batch, and as of when. */
export interface ChainRead {
  anchor: Anchor
  tag: Tag
  /** Why it is not known whether the block is final. */
  noFinality?: ProofError
}

/**
 * The chain's word on the batch, as of the last finalized block if that has it: then one read tells both what it is
 * and that it stays.
 */
export async function readChain({ areaId, batchNumber }: Pick<Evidence, 'areaId' | 'batchNumber'>, { chain, chainId }: Sources): Promise<ChainRead> {
  const found = await chain.chainId()
  if (found !== chainId) throw new ProofError('wrongChain', { expected: chainId, found })
  let noFinality: ProofError | undefined
  try {
    const anchor = await chain.batch(areaId, batchNumber, 'finalized')
    if (anchor) return { anchor, tag: 'finalized' }
  } catch (error) {
    // Some nodes do not know the tag; any other trouble comes again with the next call.
    if (!(error instanceof ProofError && error.key === 'rpcError')) throw error
    noFinality = new ProofError('finalityUnknown', { message: error.values.message ?? '' })
  }
  const anchor = await chain.batch(areaId, batchNumber, 'latest')
  if (!anchor) throw new ProofError('noBatch', { area: areaId, number: batchNumber })
  return { anchor, tag: 'latest', noFinality }
}
