// Where the devnet is.
import { readFileSync } from 'node:fs'

export interface DevnetEndpoints {
  rpc_url: string
  chain_id: number
  contracts: { anchors: string; rosters: string }
  graphql_url: string
  dapp_url: string
  ipfs_api_url: string
  ipfs_gateway_url: string
}

/** The devnet's own account of itself; a test without one fails. */
export function devnetEndpoints(): DevnetEndpoints {
  const path = process.env.POWER_TRACKER_ENDPOINTS
  if (!path) throw new Error('POWER_TRACKER_ENDPOINTS must name the endpoints.json of a running devnet')
  return JSON.parse(readFileSync(path, 'utf8')) as DevnetEndpoints
}
