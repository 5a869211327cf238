// A service, a chain's node and an IPFS gateway that hold the golden batch, behind one `fetch`. Tests change what they
// answer; everything from the bytes of an answer on is the page's own code.
import { toHex, utf8 } from '../../app/proof/bytes'
import { cidOf } from '../../app/proof/cid'
import { ANCHORS, COMPLAINT, ROSTERS } from '../../app/proof/contracts'
import { type HttpOptions, httpOver } from '../../app/proof/http'
import { leafHash, rootOfLeaves } from '../../app/proof/merkle'
import { parseRow, rowLeaf } from '../../app/proof/roster-row'
import type { Question } from '../../app/proof/service'
import { type Sources, sourcesAt } from '../../app/proof/sources'
import { BATCH, ROSTER } from './golden'

export const SERVICE_URL = 'http://service.test/graphql'
export const RPC_URL = 'http://rpc.test/'
export const GATEWAY_URL = 'http://gateway.test/ipfs/'
export const CHAIN_ID = 31_337
export const ADDRESSES = { anchors: `0x${'a1'.repeat(20)}`, rosters: `0x${'b2'.repeat(20)}` }

export const AREA = 'area-1'
export const NUMBER = 7
/** The contract for complaints, and the one complaint in it. */
export const COMPLAINTS = `0x${'c3'.repeat(20)}`
export const COMPLAINT_ID = `0x${'77'.repeat(32)}`
export const FILED_AT = 3_000
const ZERO = '0'.repeat(64)

interface ChainBatch {
  root: string
  digest: string
  count: number
  periodStart: number
  periodEnd: number
  anchoredAt: number
}

type Handler = (body: Record<string, unknown>, url: URL) => Response | Promise<Response>

export interface World {
  /** What is asked for: the record that the world holds at first. */
  question: Question
  chainId: number
  batches: Map<number, ChainBatch>
  /** The last batch in a finalized block. */
  finalized: number
  since: number
  /** The link that the chain gives instead of the header's. */
  link?: string
  roster: { version: number; digest: string; root: string; devices: number; effectiveFrom: number } | undefined
  /** By CID. */
  blocks: Map<string, Uint8Array<ArrayBuffer>>
  /** What the API answers to the query for the record, and to that for the layout. */
  record: Record<string, unknown> | null
  layout: Record<string, unknown>
  /** Called instead of the usual answer. */
  onRpc?: Handler
  onGateway?: Handler
  onService?: Handler
  /** Requests that came in, as `who method`. */
  asked: string[]
}

export const json = (value: unknown, status = 200) =>
  new Response(JSON.stringify(value), { status, headers: { 'content-type': 'application/json' } })

/** A golden batch in its chain, with the record of this leaf index as the claim. */
export function world(leafIndex = 1, batch: typeof BATCH = BATCH): World {
  const lines = batch.blocks[0]!.trimEnd().split('\n')
  const { leaf, path } = batch.proofs[leafIndex]!
  const header = JSON.parse(ROSTER.header) as { device_count: number; effective_from: number; version: number }
  const blockDigests = (JSON.parse(batch.header) as { blocks: string[] }).blocks
  const rosterBlocks = (JSON.parse(ROSTER.header) as { blocks: string[] }).blocks
  const { device_id, sequence } = JSON.parse(lines[leafIndex]!) as { device_id: string; sequence: number }
  return {
    question: { deviceId: device_id, sequence },
    chainId: CHAIN_ID,
    batches: new Map([
      [4, { root: '7'.repeat(64), digest: '09'.repeat(32), count: 3, periodStart: 1_000, periodEnd: 1_100, anchoredAt: 1_110 }],
      [5, { root: ZERO, digest: ZERO, count: 0, periodStart: 1_100, periodEnd: 1_500, anchoredAt: 1_510 }],
      [6, { root: ZERO, digest: ZERO, count: 0, periodStart: 1_500, periodEnd: 2_000, anchoredAt: 2_010 }],
      [NUMBER, { root: batch.root, digest: batch.digest, count: batch.count, periodStart: 2_000, periodEnd: 2_900, anchoredAt: 2_910 }],
    ]),
    finalized: NUMBER,
    since: 2,
    roster: {
      version: header.version, digest: ROSTER.digest, root: ROSTER.root, devices: header.device_count,
      effectiveFrom: header.effective_from,
    },
    blocks: new Map([
      [batch.cid, utf8(batch.header)],
      [ROSTER.cid, utf8(ROSTER.header)],
      ...blockDigests.map((digest, i) => [cidOf(digest), utf8(batch.blocks[i]!)] as const),
      ...rosterBlocks.map((digest, i) => [cidOf(digest), utf8(ROSTER.blocks[i]!)] as const),
    ]),
    record: {
      record: lines[leafIndex], areaId: AREA, batchNumber: NUMBER, leaf,
      proof: { leafIndex, treeSize: batch.count, path: [...path] },
    },
    layout: {
      record: { blockCid: cidOf(blockDigests[0]!), blockLine: leafIndex + 1 },
      batch: { bytes: batch.header.length + batch.blocks.join('').length, blockUris: blockDigests.map(cidOf) },
    },
    asked: [],
  }
}

const hex = (text: string) => `0x${text}`
const AREA_BYTES = hex(toHex(utf8(AREA)).padEnd(64, '0'))

function batchAnswer(w: World, area: string, number: number, tag: unknown): Response {
  const batch = area === AREA_BYTES ? w.batches.get(number) : undefined
  if (!batch || (tag === 'finalized' && number > w.finalized)) {
    const data = ANCHORS.encodeErrorResult('NoBatch', [area, number])
    return json({ jsonrpc: '2.0', id: 1, error: { code: 3, message: 'execution reverted', data } })
  }
  const { root, digest, count, periodStart, periodEnd, anchoredAt } = batch
  const values = [hex(root), hex(digest), count, periodStart, periodEnd, anchoredAt]
  return json({ jsonrpc: '2.0', id: 1, result: ANCHORS.encodeFunctionResult('batch', [values]) })
}

function call(w: World, [{ to, data }, tag]: [{ to: string; data: string }, unknown]): Response {
  const answer = (result: string) => json({ jsonrpc: '2.0', id: 1, result })
  if (to === ADDRESSES.rosters) {
    const [area, time] = ROSTERS.decodeFunctionData('inForce', data)
    const r = area === AREA_BYTES && Number(time) >= (w.roster?.effectiveFrom ?? 0) ? w.roster : undefined
    const values = r ? [hex(r.digest), hex(r.root), r.devices, r.effectiveFrom, 1] : [hex(ZERO), hex(ZERO), 0, 0, 0]
    return answer(ROSTERS.encodeFunctionResult('inForce', [r?.version ?? 0, values]))
  }
  if (to === COMPLAINTS) {
    const [id] = COMPLAINT.decodeFunctionData('complaint', data)
    const none = Array.from({ length: 14 }, (_, i) => (i < 2 || i === 8 ? hex(ZERO) : i === 2 ? hex('00'.repeat(20)) : 0))
    return answer(COMPLAINT.encodeFunctionResult('complaint', [id === COMPLAINT_ID ? none.with(3, FILED_AT) : none]))
  }
  if (to !== ADDRESSES.anchors) return answer('0x')
  const { name, args } = ANCHORS.parseTransaction({ data })!
  if (name === 'place') return answer(ANCHORS.encodeFunctionResult('place', [[0, 0, w.since, true]]))
  if (name === 'uri') return answer(ANCHORS.encodeFunctionResult('uri', [w.link ?? `ipfs://${cidOf(w.batches.get(Number(args[1]))!.digest)}`]))
  return batchAnswer(w, String(args[0]), Number(args[1]), tag)
}

async function rpc(w: World, body: Record<string, unknown>, url: URL): Promise<Response> {
  w.asked.push(`rpc ${String(body.method)}`)
  if (w.onRpc) return w.onRpc(body, url)
  if (body.method === 'eth_chainId') return json({ jsonrpc: '2.0', id: 1, result: `0x${w.chainId.toString(16)}` })
  return call(w, body.params as [{ to: string; data: string }, unknown])
}

async function gateway(w: World, url: URL, isHead: boolean): Promise<Response> {
  w.asked.push(`gateway ${isHead ? 'HEAD' : 'GET'}`)
  if (w.onGateway) return w.onGateway({ isHead }, url)
  const block = w.blocks.get(url.pathname.split('/').at(-1)!)
  if (!block) return new Response('no such block', { status: 404 })
  return new Response(isHead ? null : block, { headers: { 'content-length': String(block.length) } })
}

async function service(w: World, body: Record<string, unknown>, url: URL): Promise<Response> {
  w.asked.push('service POST')
  if (w.onService) return w.onService(body, url)
  if (String(body.query).includes('_meta')) return json({ data: { _meta: { chainId: w.chainId, ...ADDRESSES } } })
  return json({ data: String(body.query).includes('blockCid') ? w.layout : { record: w.record } })
}

export function fetchOf(w: World): typeof fetch {
  return async (input, init) => {
    init?.signal?.throwIfAborted()
    const url = new URL(String(input))
    const body = init?.body ? (JSON.parse(String(init.body)) as Record<string, unknown>) : {}
    // Lets a test's time limit and stop signal end what hangs, as a browser would.
    const ended = new Promise<never>((_, reject) => {
      init?.signal?.addEventListener('abort', () => reject(init.signal?.reason))
    })
    const answer =
      url.host === 'rpc.test' ? rpc(w, body, url) : url.host === 'gateway.test' ? gateway(w, url, init?.method === 'HEAD') : service(w, body, url)
    return Promise.race([answer, ended])
  }
}

/** Everything that a check asks, over this world. */
export function sourcesOf(w: World, options: Partial<HttpOptions> = {}): Sources {
  const http = httpOver({ fetch: fetchOf(w), pageUrl: 'http://service.test/', ...options })
  return sourcesAt({ rpcUrl: RPC_URL, gatewayUrl: GATEWAY_URL, chainId: CHAIN_ID, ...ADDRESSES }, SERVICE_URL, http)
}

/** Publishes other bytes under their own right name; gives the digest. */
export async function publish(w: World, text: string): Promise<string> {
  const bytes = utf8(text)
  const digest = toHex(new Uint8Array(await crypto.subtle.digest('SHA-256', bytes)))
  w.blocks.set(cidOf(digest), bytes)
  return digest
}

type Fields = Record<string, unknown>

/** Another header, anchored: what a dishonest relayer could publish. `change` gets the golden one's fields. */
export async function anchorHeader(w: World, change: (fields: Fields) => string | Fields, number = NUMBER): Promise<void> {
  const changed = change(JSON.parse(BATCH.header) as Fields)
  w.batches.get(number)!.digest = await publish(w, typeof changed === 'string' ? changed : JSON.stringify(changed))
}

/** Other blocks of lines under an anchored header. */
export async function anchorBlocks(w: World, blocks: string[], fields: Fields = {}): Promise<void> {
  const digests = await Promise.all(blocks.map((block) => publish(w, block)))
  await anchorHeader(w, (golden) => ({ ...golden, blocks: digests, ...fields }))
  const layout = w.layout as { record: { blockCid: string }; batch: { blockUris: string[]; bytes: number } }
  layout.record.blockCid = cidOf(digests[0]!)
  layout.batch = { bytes: BATCH.header.length + blocks.join('').length + 100 * blocks.length, blockUris: digests.map(cidOf) }
}

/** Another roster of these lines, published and in force, which the batch's header names. */
export async function publishRoster(w: World, blocks: string[], fields: Fields = {}): Promise<void> {
  const leaves = blocks.flatMap((block) => block.trimEnd().split('\n')).map((line) => leafHash(rowLeaf(parseRow(line))))
  const root = toHex(await rootOfLeaves(await Promise.all(leaves)))
  const digests = await Promise.all(blocks.map((block) => publish(w, block)))
  const digest = await publish(w, JSON.stringify({ ...(JSON.parse(ROSTER.header) as Fields), blocks: digests, device_count: leaves.length, root, ...fields }))
  w.roster = { ...w.roster!, digest, root, devices: leaves.length }
  await anchorHeader(w, (golden) => ({ ...golden, roster: { digest, version: w.roster!.version } }))
}

/** Bytes with one bit of one byte changed. */
export function flipped(bytes: Uint8Array, at: number): Uint8Array<ArrayBuffer> {
  const changed = Uint8Array.from(bytes)
  changed[at]! ^= 1
  return changed
}
