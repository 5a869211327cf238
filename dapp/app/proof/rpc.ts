// Ethereum JSON-RPC: reads only, each answer looked at before it is used.
import { ProofError } from './error'
import type { Http } from './http'
import { isObject, postJson, words } from './json'
import { MAX_RPC_ANSWER_BYTES } from './limits'

/** As of which block: the last that can no longer be replaced, or the newest. */
export type Tag = 'finalized' | 'latest'

/** An `eth_call` that the contract refused: the bytes of its error. */
export class Reverted extends Error {
  readonly data: string

  constructor(data: string) {
    super('reverted')
    this.data = data
  }
}

export interface Rpc {
  readonly url: string
  /** The chain's id (EIP-155). */
  chainId(): Promise<number>
  /** What a contract answers, as hex with `0x`; throws `Reverted` where it refuses. */
  call(to: string, data: string, tag: Tag): Promise<string>
}

const HEX = /^0x(?:[0-9a-fA-F]{2})*$/
const QUANTITY = /^0x(?:0|[1-9a-fA-F][0-9a-fA-F]{0,12})$/
/** What the nodes call an `eth_call` that the contract refused; others say it in words only. */
const REVERTED = 3

/** The node at `url`. */
export function rpcAt(url: string, http: Http): Rpc {
  const bad = () => new ProofError('badAnswer', { who: 'rpc', url })
  async function ask(method: string, params: unknown[]): Promise<unknown> {
    const request = { who: 'rpc' as const, url, limitBytes: MAX_RPC_ANSWER_BYTES }
    const { result, error } = await postJson(http, request, { jsonrpc: '2.0', id: 1, method, params })
    if (error !== undefined && error !== null) throw refusal(error, url)
    return result
  }
  return {
    url,
    async chainId() {
      const id = await ask('eth_chainId', [])
      if (typeof id !== 'string' || !QUANTITY.test(id)) throw bad()
      return Number(id)
    },
    async call(to, data, tag) {
      const result = await ask('eth_call', [{ to, data }, tag])
      if (typeof result !== 'string' || !HEX.test(result)) throw bad()
      return result.toLowerCase()
    },
  }
}

/** A node's error: with the contract's answer in it, somewhere, if it was the contract that refused. */
function refusal(error: unknown, url: string): Error {
  if (!isObject(error)) return new ProofError('badAnswer', { who: 'rpc', url })
  const data = isObject(error.data) ? error.data.data : error.data
  if (typeof data === 'string' && HEX.test(data) && data.length > 2) return new Reverted(data.toLowerCase())
  if (error.code === REVERTED) return new Reverted('0x')
  return new ProofError('rpcError', { url, message: words(error.message) })
}
