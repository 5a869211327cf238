// Questions to the chain's node: what must not be the service's word alone.
import type { Interface } from 'ethers/abi'
import { rpcUrl } from '../api/service'
import { browserHttp } from '../composables/proof/browserHttp'
import { isObject, postJson, words } from '../proof/json'

/** Largest answer: a receipt with the logs of a long list of actions. */
const MAX_ANSWER_BYTES = 1_000_000

/** The node refused; with the bytes of the contract's error where it was the contract. */
export class NodeRefused extends Error {
  constructor(
    message: string,
    readonly data: string,
  ) {
    super(message)
  }
}

/** Asks the node one thing. */
export async function askNode(method: string, params: unknown[]): Promise<unknown> {
  const request = { who: 'rpc' as const, url: rpcUrl(), limitBytes: MAX_ANSWER_BYTES }
  const { result, error } = await postJson(browserHttp().http, request, { jsonrpc: '2.0', id: 1, method, params })
  if (error === undefined || error === null) return result
  const { message, data } = isObject(error) ? error : { message: '', data: '' }
  const bytes = isObject(data) ? data.data : data
  throw new NodeRefused(words(message), typeof bytes === 'string' ? bytes : '0x')
}

/** What a view of a contract gives back. */
export async function readContract(abi: Interface, to: string, name: string, args: unknown[]): Promise<unknown[]> {
  const answer = await askNode('eth_call', [{ to, data: abi.encodeFunctionData(name, args) }, 'latest'])
  return abi.decodeFunctionResult(name, String(answer)).toArray()
}

/** Does a call as if, so that a refusal is known before anything is signed. */
export const tryCall = (from: string, to: string, data: string): Promise<unknown> => askNode('eth_call', [{ from, to, data }, 'latest'])
