// Chain and contracts of the installation: `config.json` beside the service.
import { serviceUrl } from '../api/service'
import { chainNumber, contractAddress } from '../settings/addresses'

export interface Installation {
  chainId: number
  rosters: string
  complaints: string
  notices: string
  officials: string
  clocks: string
  passkeys: string
  /** Who runs the service, where it says so. */
  operator: string | null
}

/** Name under which the last answer is kept. */
const KEPT = 'power-tracker-installation'

/** What the file says; none where it is no installation with complaints. */
export function parseInstallation(value: unknown): Installation | null {
  const all = Object(value) as Record<string, unknown>
  const chainId = chainNumber(String(all.chain_id))
  const address = (name: string) => contractAddress(String(all[name]))
  const [rosters, complaints, notices, officials, clocks, passkeys] = [address('rosters'), address('complaints'), address('notices'), address('officials'), address('clocks'), address('passkeys')]
  if (chainId === null || !rosters || !complaints || !notices || !officials || !clocks || !passkeys) return null
  return { chainId, rosters, complaints, notices, officials, clocks, passkeys, operator: typeof all.operator === 'string' ? all.operator : null }
}

/** The installation; without a network the last one known, so that a complaint can be written then too. */
export async function installation(): Promise<Installation | null> {
  const url = serviceUrl('config.json')
  try {
    const response = await fetch(url, { cache: 'no-cache' })
    const found = parseInstallation(await response.json())
    if (found) localStorage.setItem(KEPT, JSON.stringify({ url, found }))
    return found
  } catch {
    return remembered(url)
  }
}

function remembered(url: string): Installation | null {
  try {
    const kept = JSON.parse(localStorage.getItem(KEPT) ?? 'null') as { url: string; found: Installation } | null
    return kept?.url === url ? kept.found : null
  } catch {
    return null
  }
}
