// What the service that shows the reading says of it. None of it is trusted: it is the claim that is checked.
import { ProofChain, ProofEvidence, ProofLayout } from '../api/generated/proof'
import { isAreaId } from './area'
import { fromHex } from './bytes'
import type { Addresses } from './contractReads'
import { digestOfCid } from './cid'
import { parseEndpoint } from './endpoints'
import { ProofError } from './error'
import type { Http } from './http'
import { isObject, type JsonObject, postJson, words } from './json'
import { MAX_PATH, MAX_SERVICE_ANSWER_BYTES } from './limits'
import type { InclusionPath } from './merkle'

/** Which record. */
export interface Question {
  deviceId: string
  sequence: number
  /** Only in this batch. */
  batchNumber?: number
}

/** A record and the path from it to the root, as the service tells it. */
export interface Evidence extends InclusionPath {
  record: string
  areaId: string
  batchNumber: number
}

/** Where the record lies on IPFS, and how much there is to fetch, as the service tells it. */
export interface Layout {
  /** Digest of the block that holds the record. */
  blockDigest?: string
  /** The record's line in it, from 1. */
  blockLine: number
  /** Blocks of lines of the batch. */
  blocks: number
  /** Bytes of its header and blocks. */
  bytes: number
}

/** Which chain and contracts the service says it uses. */
export interface ServiceChain extends Addresses {
  chainId: number
}

export interface Service {
  chain(): Promise<ServiceChain>
  evidence(question: Question): Promise<Evidence>
  layout(question: Question, evidence: Evidence): Promise<Layout>
}

/** The API at `url`. */
export function serviceAt(url: string, http: Http): Service {
  const bad = () => new ProofError('badAnswer', { who: 'service', url })
  async function ask(query: string, variables: object): Promise<JsonObject> {
    const request = { who: 'service' as const, url, limitBytes: MAX_SERVICE_ANSWER_BYTES }
    const answer = await postJson(http, request, { query, variables })
    if (Array.isArray(answer.errors) && answer.errors.length > 0) {
      const first: unknown = answer.errors[0]
      throw new ProofError('serviceRefuses', { url, message: words(isObject(first) ? first.message : undefined) })
    }
    return isObject(answer.data) ? answer.data : fail(bad)
  }
  return {
    async chain() {
      const { _meta: meta } = await ask(ProofChain, {})
      return (isObject(meta) && readChain(meta)) || fail(bad)
    },
    async evidence(question) {
      const { record } = await ask(ProofEvidence, question)
      if (record === null) {
        throw new ProofError('noEvidence', { device: question.deviceId, sequence: question.sequence })
      }
      return (isObject(record) && readEvidence(record)) || fail(bad)
    },
    async layout(question, { areaId, batchNumber }) {
      const { record, batch } = await ask(ProofLayout, { ...question, areaId, batchNumber })
      return (isObject(record) && isObject(batch) && readLayout(record, batch)) || fail(bad)
    },
  }
}

const fail = (why: () => Error): never => {
  throw why()
}

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0

function readChain({ chainId, anchors, rosters }: JsonObject): ServiceChain | undefined {
  if (typeof anchors !== 'string' || typeof rosters !== 'string') return undefined
  const chain = {
    chainId: parseEndpoint('chainId', String(chainId)),
    anchors: parseEndpoint('anchors', anchors),
    rosters: parseEndpoint('rosters', rosters),
  }
  return Object.values(chain).includes(null) ? undefined : (chain as ServiceChain)
}

function readEvidence({ record, areaId, batchNumber, proof }: JsonObject): Evidence | undefined {
  if (typeof record !== 'string' || typeof areaId !== 'string' || !isCount(batchNumber) || !isObject(proof)) return undefined
  const { leafIndex, treeSize, path } = proof
  if (!isCount(leafIndex) || !isCount(treeSize) || !Array.isArray(path)) return undefined
  if (!isAreaId(areaId)) return undefined
  if (path.length > MAX_PATH) throw new ProofError('pathLength', { hashes: path.length, leafIndex, treeSize })
  const siblings = path.map((hash: unknown, i) => {
    const bytes = typeof hash === 'string' ? fromHex(hash) : undefined
    if (bytes?.length !== 32) throw new ProofError('pathForm', { position: i + 1 })
    return bytes
  })
  return { record, areaId, batchNumber, leafIndex, treeSize, path: siblings }
}

function readLayout(record: JsonObject, batch: JsonObject): Layout | undefined {
  const { blockCid, blockLine } = record
  const { bytes, blockUris } = batch
  if (!isCount(blockLine) || !isCount(bytes) || !Array.isArray(blockUris)) return undefined
  return {
    blockDigest: typeof blockCid === 'string' ? digestOfCid(blockCid) : undefined,
    blockLine,
    blocks: blockUris.length,
    bytes,
  }
}
