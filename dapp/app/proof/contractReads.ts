// Typed reads of the contracts. An answer that is not exactly what the ABI writes is refused.
import type { Interface } from 'ethers/abi'
import { areaBytes32 } from './area'
import { fromHex } from './bytes'
import { ANCHORS, COMPLAINT, ROSTERS } from './contracts'
import { ProofError } from './error'
import { Reverted, type Rpc, type Tag } from './rpc'

/** The chain's word on a batch; hashes in hex. Zeros where nothing arrived. */
export interface Anchor {
  root: string
  digest: string
  count: number
  periodStartUnixS: number
  periodEndUnixS: number
  anchoredAtUnixS: number
}

/** The chain's word on a roster. */
export interface RosterAnchor {
  version: number
  digest: string
  root: string
  devices: number
  effectiveFromUnixS: number
}

export interface Addresses {
  anchors: string
  rosters: string
}

export interface Chain {
  chainId(): Promise<number>
  /** The batch; undefined where the chain has none as of that block, the contract itself included. */
  batch(areaId: string, number: number, tag: Tag): Promise<Anchor | undefined>
  /** The `ipfs://` link of the batch's header. */
  uri(areaId: string, number: number, tag: Tag): Promise<string>
  /** The area's first batch number; undefined where no lane anchors it. */
  since(areaId: string, tag: Tag): Promise<number | undefined>
  /** The roster in force at a time; undefined where there was none. */
  inForce(areaId: string, atUnixS: number, tag: Tag): Promise<RosterAnchor | undefined>
  /** When a complaint was filed in this contract; undefined where it has none of this number. */
  filedAt(contract: string, id: string, tag: Tag): Promise<number | undefined>
}

/** Times on the chain have 40 bits: whatever lies beyond is later than every roster. */
const MAX_UINT40 = 2 ** 40 - 1

/** Reads over a node. */
export function chainOver(rpc: Rpc, { anchors, rosters }: Addresses): Chain {
  const word = (value: unknown) => String(value).slice(2)
  const rethrow = (error: unknown): never => {
    throw asAnswer(error, rpc.url)
  }
  async function read(abi: Interface, to: string, name: string, args: unknown[], tag: Tag) {
    const answer = await rpc.call(to, abi.encodeFunctionData(name, args), tag)
    if (answer === '0x') throw new ProofError('noContract', { address: to })
    return decode(abi, name, answer, rpc.url)
  }
  return {
    chainId: () => rpc.chainId(),
    async batch(areaId, number, tag) {
      try {
        const [b] = await read(ANCHORS, anchors, 'batch', [areaBytes32(areaId), number], tag)
        return {
          root: word(b.root),
          digest: word(b.digest),
          count: Number(b.count),
          periodStartUnixS: Number(b.periodStart),
          periodEndUnixS: Number(b.periodEnd),
          anchoredAtUnixS: Number(b.anchoredAt),
        }
      } catch (error) {
        if (isRefusal(error, 'NoBatch')) return undefined
        // The contract may be younger than the last block that is final.
        if (tag === 'finalized' && error instanceof ProofError && error.key === 'noContract') return undefined
        return rethrow(error)
      }
    },
    async uri(areaId, number, tag) {
      const [uri] = await read(ANCHORS, anchors, 'uri', [areaBytes32(areaId), number], tag).catch(rethrow)
      return String(uri)
    },
    async since(areaId, tag) {
      const [place] = await read(ANCHORS, anchors, 'place', [areaBytes32(areaId)], tag).catch(rethrow)
      return place.known ? Number(place.since) : undefined
    },
    async inForce(areaId, atUnixS, tag) {
      const time = Math.min(atUnixS, MAX_UINT40)
      const [version, r] = await read(ROSTERS, rosters, 'inForce', [areaBytes32(areaId), time], tag).catch(rethrow)
      if (version === 0n) return undefined
      return {
        version: Number(version),
        digest: word(r.digest),
        root: word(r.root),
        devices: Number(r.devices),
        effectiveFromUnixS: Number(r.effectiveFrom),
      }
    },
    async filedAt(contract, id, tag) {
      const [complaint] = await read(COMPLAINT, contract, 'complaint', [id], tag).catch(rethrow)
      return complaint.filedAt === 0n ? undefined : Number(complaint.filedAt)
    },
  }
}

/** The one answer that the ABI writes for these values: other bytes that decode to them are refused. */
function decode(abi: Interface, name: string, answer: string, url: string) {
  const bad = () => new ProofError('badAnswer', { who: 'rpc', url })
  try {
    const values = abi.decodeFunctionResult(name, answer)
    // Reads each value: what is malformed is found only then.
    if (abi.encodeFunctionResult(name, values.toArray(true)) !== answer) throw bad()
    return values
  } catch {
    throw bad()
  }
}

function isRefusal(error: unknown, name: string): boolean {
  return error instanceof Reverted && fromHex(error.data.slice(2)) !== undefined && parsedName(error.data) === name
}

function parsedName(data: string): string | undefined {
  try {
    return ANCHORS.parseError(data)?.name
  } catch {
    return undefined
  }
}

const asAnswer = (error: unknown, url: string) =>
  error instanceof Reverted
    ? new ProofError('rpcError', { url, message: `${parsedName(error.data) ?? 'reverted'} ${error.data.slice(0, 10)}` })
    : error
