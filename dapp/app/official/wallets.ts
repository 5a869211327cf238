// Wallets of the browser, found as EIP-6963 has it: each announces itself, and none is asked before it is chosen.

/** EIP-1193. */
export interface Provider {
  request(call: { method: string; params?: unknown }): Promise<unknown>
  on?(event: string, listener: (value: never) => void): void
  removeListener?(event: string, listener: (value: never) => void): void
}

export interface FoundWallet {
  /** Of this announcement; another one after the page is loaded anew. */
  uuid: string
  /** The wallet's own name for its kind, such as `io.metamask`. */
  rdns: string
  name: string
  /** A picture as a data address; none where it is anything else. */
  icon: string | null
  provider: Provider
}

const MAX_WALLETS = 20
const MAX_NAME = 60

/** What a wallet announced; none where it is not what the standard says. */
export function parseAnnouncement(detail: unknown): FoundWallet | null {
  const { info, provider } = Object(detail) as { info?: Record<string, unknown>; provider?: Provider }
  const text = (value: unknown) => (typeof value === 'string' ? value.replace(/\p{C}+/gu, ' ').trim().slice(0, MAX_NAME) : '')
  if (!info || typeof provider?.request !== 'function' || text(info.uuid) === '' || text(info.name) === '') return null
  const icon = typeof info.icon === 'string' && /^data:image\/(png|jpeg|webp|gif|svg\+xml)[;,]/.test(info.icon) ? info.icon : null
  return { uuid: text(info.uuid), rdns: text(info.rdns), name: text(info.name), icon, provider }
}

/** Listens for wallets until told to stop; `found` gets all of them each time, in their order. */
export function discoverWallets(found: (all: FoundWallet[]) => void, target: EventTarget = window): () => void {
  const all = new Map<string, FoundWallet>()
  const announced = (event: Event) => {
    const wallet = parseAnnouncement((event as CustomEvent).detail)
    if (!wallet || (all.size >= MAX_WALLETS && !all.has(wallet.uuid))) return
    all.set(wallet.uuid, wallet)
    found([...all.values()])
  }
  target.addEventListener('eip6963:announceProvider', announced)
  target.dispatchEvent(new Event('eip6963:requestProvider'))
  return () => target.removeEventListener('eip6963:announceProvider', announced)
}
