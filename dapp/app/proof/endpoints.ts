// Where the chain and IPFS are asked: the operator's own, until the reader names others.
import { chainNumber, contractAddress, gatewayFolder, webUrl } from '../settings/addresses'

/** Everything that a check must be told. */
export interface Endpoints {
  rpcUrl: string
  /** The folder behind which a CID gives a block. */
  gatewayUrl: string
  /** The chain that the node must be of (EIP-155). */
  chainId: number
  /** Address of the contract `Anchors`. */
  anchors: string
  /** Address of the contract `Rosters`. */
  rosters: string
}

export type EndpointName = keyof Endpoints
export const ENDPOINT_NAMES = ['rpcUrl', 'gatewayUrl', 'chainId', 'anchors', 'rosters'] as const

const PARSERS = {
  rpcUrl: webUrl,
  gatewayUrl: gatewayFolder,
  chainId: chainNumber,
  anchors: contractAddress,
  rosters: contractAddress,
}

/** A value that somebody typed or sent, if it can be one; `null` if it cannot. */
export const parseEndpoint = <Name extends EndpointName>(name: Name, text: string): Endpoints[Name] | null =>
  PARSERS[name](text) as Endpoints[Name] | null
