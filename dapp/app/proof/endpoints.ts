// Where the chain and IPFS are asked: the operator's own, until the reader names others. Kept on this device.

import { urlOf } from './http'

/** Everything that a check must be told. */
export interface Endpoints {
  rpcUrl: string
  /** The folder behind which a CID gives a block. */
  gatewayUrl: string
  /** The chain that the RPC must be of (EIP-155). */
  chainId: number
  /** Address of the contract `Anchors`. */
  anchors: string
  /** Address of the contract `Rosters`. */
  rosters: string
}

export type EndpointName = keyof Endpoints
export const ENDPOINT_NAMES = ['rpcUrl', 'gatewayUrl', 'chainId', 'anchors', 'rosters'] as const

/** What the reader replaced. */
export type OwnEndpoints = Partial<Endpoints>

const STORAGE_KEY = 'proof.endpoints'

/** The part of `Storage` that is needed. */
export type Shelf = Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>

/** A value that the reader typed, if it can be one; undefined if it cannot. */
export function parseEndpoint<Name extends EndpointName>(name: Name, typed: string): Endpoints[Name] | undefined {
  const text = typed.trim()
  const value = PARSERS[name](text)
  return value as Endpoints[Name] | undefined
}

const PARSERS: Record<EndpointName, (text: string) => string | number | undefined> = {
  rpcUrl: webUrl,
  gatewayUrl,
  chainId: (text) => (/^[1-9][0-9]{0,14}$/.test(text) ? Number(text) : undefined),
  anchors: address,
  rosters: address,
}

function webUrl(text: string): string | undefined {
  const url = urlOf(text)
  // `fetch` refuses an address with a name and password in it.
  return url && /^https?:$/.test(url.protocol) && !url.username && !url.password ? url.href : undefined
}

/** The folder behind which a CID gives a block: `https://host` becomes `https://host/ipfs/`. */
function gatewayUrl(text: string): string | undefined {
  const url = webUrl(text)?.replace(/[?#].*$/, '').replace(/\/*$/, '/')
  return url === undefined || url.endsWith('/ipfs/') ? url : `${url}ipfs/`
}

function address(text: string): string | undefined {
  return /^0x[0-9a-fA-F]{40}$/.test(text) ? text.toLowerCase() : undefined
}

/** What the reader replaced earlier; what no longer parses is left out. */
export function loadOwn(shelf: Shelf): OwnEndpoints {
  const own: Record<string, unknown> = {}
  try {
    const kept: unknown = JSON.parse(shelf.getItem(STORAGE_KEY) ?? '{}')
    for (const name of ENDPOINT_NAMES) {
      const value = (kept as Record<string, unknown> | null)?.[name]
      const parsed = value === undefined ? undefined : parseEndpoint(name, String(value))
      if (parsed !== undefined) own[name] = parsed
    }
  } catch {
    // Nothing kept, or not by us.
  }
  return own as OwnEndpoints
}

/** Keeps what the reader replaced; `false` where this browser keeps nothing. */
export function saveOwn(shelf: Shelf, own: OwnEndpoints): boolean {
  try {
    if (Object.keys(own).length === 0) shelf.removeItem(STORAGE_KEY)
    else shelf.setItem(STORAGE_KEY, JSON.stringify(own))
    return true
  } catch {
    return false
  }
}
