// A wallet in the browser that announces itself as EIP-6963 has it, holds a real key and really signs and sends. What a person
// would do in it (refuse, choose another account, change the chain) a test does by its handle.
import { getBytes, hashMessage, JsonRpcProvider, TypedDataEncoder, Wallet } from 'ethers'
import type { Page } from 'playwright-core'
import { signAsSafe } from './safe'

export interface TestWallet {
  readonly address: string
  /** What it was asked, in order. */
  readonly asked: string[]
  /** The words that it was given to sign. */
  readonly said: string[]
  /** From now on it gives something that is no signature of the account. */
  forge(): void
  /** Refuses the next signature or transaction. */
  refuseNext(): void
  /** The next transaction is sent, and then another one with the same number and a higher fee. */
  replaceNext(): void
  /** Another account is chosen. */
  choose(key: string): Promise<void>
  /** It goes to another chain; `isKnown`: it knows the page's own. */
  moveTo(chainId: number, isKnown: boolean): Promise<void>
  /** It loses its connection. */
  disconnect(): Promise<void>
}

interface Options {
  rpcUrl: string
  chainId: number
  key: string
  name?: string
  /** A Safe of which the key is the owner: then that is the account. */
  safe?: string
}

/** Puts the wallet into a page that is not opened yet. */
export async function injectWallet(page: Page, { rpcUrl, chainId, key, name = 'Test Wallet', safe }: Options): Promise<TestWallet> {
  // Asks anew each time: of two transactions in a row the second needs the next number.
  const node = new JsonRpcProvider(rpcUrl, chainId, { staticNetwork: true, pollingInterval: 100, cacheTimeout: -1 })
  const state = { wallet: new Wallet(key, node), chainId, isKnown: true, refuses: false, replaces: false, isGone: false, forges: false }
  const asked: string[] = []
  const said: string[] = []
  const error = (code: number, message: string) => ({ error: { code, message } })

  const own = () => safe ?? state.wallet.address

  async function answer(method: string, params: unknown[]): Promise<unknown> {
    asked.push(method)
    if (state.isGone) return error(4900, 'The provider is disconnected.')
    switch (method) {
      case 'eth_chainId':
        return { result: `0x${state.chainId.toString(16)}` }
      case 'eth_accounts':
      case 'eth_requestAccounts':
        return { result: [own().toLowerCase()] }
      case 'wallet_switchEthereumChain':
        if (!state.isKnown) return error(4902, 'Unrecognized chain ID.')
        state.chainId = Number((params[0] as { chainId: string }).chainId)
        return { result: null }
      case 'wallet_addEthereumChain':
        state.isKnown = true
        state.chainId = Number((params[0] as { chainId: string }).chainId)
        return { result: null }
      case 'personal_sign':
      case 'eth_signTypedData_v4':
      case 'eth_sendTransaction':
        if (state.refuses) {
          state.refuses = false
          return error(4001, 'User rejected the request.')
        }
        if (method === 'personal_sign') return signWords(params as [string, string])
        return method === 'eth_signTypedData_v4' ? sign(params as [string, string]) : send(params[0] as { from: string; to: string; data: string })
      default:
        return error(4200, `${method} is not supported`)
    }
  }

  async function sign([address, payload]: [string, string]) {
    if (address.toLowerCase() !== own().toLowerCase()) return error(4100, 'Not this account.')
    const { types: { EIP712Domain: _, ...types }, domain, message } = JSON.parse(payload)
    if (safe) return { result: await signAsSafe(safe, chainId, state.wallet, TypedDataEncoder.hash(domain, types, message)) }
    return { result: await state.wallet.signTypedData(domain, types, message) }
  }

  async function signWords([words, address]: [string, string]) {
    if (address.toLowerCase() !== own().toLowerCase()) return error(4100, 'Not this account.')
    const bytes = getBytes(words)
    said.push(new TextDecoder().decode(bytes))
    return { result: safe ? await signAsSafe(safe, chainId, state.wallet, hashMessage(bytes)) : state.forges ? `0x${'11'.repeat(65)}` : await state.wallet.signMessage(bytes) }
  }

  async function send({ to, data }: { to: string; data: string }) {
    const nonce = await node.getTransactionCount(state.wallet.address, 'pending')
    if (!state.replaces) return { result: (await state.wallet.sendTransaction({ to, data, nonce })).hash }
    state.replaces = false
    // The first one is only named: another with its number is mined in its place.
    const populated = await state.wallet.populateTransaction({ to, data, nonce })
    const { keccak256 } = await import('ethers')
    const hash = keccak256(await state.wallet.signTransaction(populated))
    await (await state.wallet.sendTransaction({ to: state.wallet.address, nonce })).wait()
    return { result: hash }
  }

  await page.exposeFunction('testWalletAsk', answer)
  await page.addInitScript(announce, name)
  const emit = (event: string, value: unknown) => page.evaluate(([event, value]) => (window as any).testWalletEmit(event, value), [event, value] as const) // eslint-disable-line @typescript-eslint/no-explicit-any
  return {
    address: own(),
    asked,
    said,
    forge: () => void (state.forges = true),
    refuseNext: () => void (state.refuses = true),
    replaceNext: () => void (state.replaces = true),
    async choose(other) {
      state.wallet = new Wallet(other, node)
      await emit('accountsChanged', [state.wallet.address.toLowerCase()])
    },
    async moveTo(id, isKnown) {
      Object.assign(state, { chainId: id, isKnown })
      await emit('chainChanged', `0x${id.toString(16)}`)
    },
    async disconnect() {
      state.isGone = true
      await emit('disconnect', { code: 4900, message: 'gone' })
    },
  }
}

/** Runs in the page, before its own scripts. */
function announce(name: string) {
  const listeners = new Map<string, Set<(value: unknown) => void>>()
  const provider = {
    async request({ method, params }: { method: string; params?: unknown }) {
      const { result, error } = await (window as any).testWalletAsk(method, params ?? []) // eslint-disable-line @typescript-eslint/no-explicit-any
      if (error) throw Object.assign(new Error(error.message), { code: error.code })
      return result
    },
    on: (event: string, listener: (value: unknown) => void) => void listeners.set(event, (listeners.get(event) ?? new Set()).add(listener)),
    removeListener: (event: string, listener: (value: unknown) => void) => void listeners.get(event)?.delete(listener),
  }
  ;(window as any).testWalletEmit = (event: string, value: unknown) => listeners.get(event)?.forEach((listener) => listener(value)) // eslint-disable-line @typescript-eslint/no-explicit-any
  const icon = 'data:image/svg+xml,<svg xmlns="http://www.w3.org/2000/svg"/>'
  const detail = Object.freeze({ info: { uuid: '350670db-19fa-4704-a166-e52e178b59d2', name, icon, rdns: 'example.test' }, provider })
  const say = () => window.dispatchEvent(new CustomEvent('eip6963:announceProvider', { detail }))
  window.addEventListener('eip6963:requestProvider', say)
  say()
}
