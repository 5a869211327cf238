// Whom a check asks: the service for its claim, the chain for the root, a gateway for blocks.
import { type Chain, chainOver } from './contractReads'
import type { Endpoints } from './endpoints'
import { type Gateway, gatewayAt } from './gateway'
import type { Http } from './http'
import { rpcAt } from './rpc'
import { type Service, serviceAt } from './service'

export interface Sources {
  service: Service
  chain: Chain
  gateway: Gateway
  /** The chain that the node must be of (EIP-155). */
  chainId: number
  /** Address of the contract that holds the roots. */
  anchors: string
}

/** The sources at these addresses; `serviceUrl` is that of the API that makes the claim. */
export const sourcesAt = (endpoints: Endpoints, serviceUrl: string, http: Http): Sources => ({
  service: serviceAt(serviceUrl, http),
  chain: chainOver(rpcAt(endpoints.rpcUrl, http), endpoints),
  gateway: gatewayAt(endpoints.gatewayUrl, http),
  chainId: endpoints.chainId,
  anchors: endpoints.anchors,
})
