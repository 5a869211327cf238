// An account of a wallet. Before each signature it is seen to that the account is still the one that signed in, and the
// chain the right one: a wallet may be changed at any time.
import { getAddress } from 'ethers/address'
import { statementPayload } from '../complaint/typed-data'
import { toHex, utf8 } from '../proof/bytes'
import type { Account } from './account'
import { AccountProblem, asProblem } from './problem'
import { checkSignature } from './signIn'
import type { FoundWallet, Provider } from './wallets'

/** The chain as a wallet is told of it, where it does not know it. */
export interface ChainFacts {
  chainId: number
  /** What the wallet shows. */
  name: string
  /** The node that it would use: the installation's own. */
  rpcUrl: string
}

const hex = (number: number) => `0x${number.toString(16)}`

async function ask<T>(provider: Provider, method: string, params?: unknown): Promise<T> {
  try {
    return (await provider.request(params === undefined ? { method } : { method, params })) as T
  } catch (thrown) {
    throw asProblem(thrown)
  }
}

/** The account that the person chooses in the wallet. */
export async function connectWallet({ provider, name }: FoundWallet, chain: ChainFacts): Promise<Account> {
  const address = await chosen(provider, 'eth_requestAccounts')
  const ready = async () => {
    if ((await chosen(provider, 'eth_accounts')) !== address) throw new AccountProblem('changedAccount')
    await onChain(provider, chain)
  }
  return {
    kind: 'wallet',
    name,
    address,
    async sign(statement, domain) {
      await ready()
      return ask<string>(provider, 'eth_signTypedData_v4', [address, statementPayload(statement, domain)])
    },
    async prove(text) {
      await ready()
      const signature = await ask<string>(provider, 'personal_sign', [`0x${toHex(utf8(text))}`, address])
      await checkSignature(text, address, signature)
    },
    async send(to, data) {
      await ready()
      return ask<string>(provider, 'eth_sendTransaction', [{ from: address, to, data }])
    },
  }
}

async function chosen(provider: Provider, method: 'eth_requestAccounts' | 'eth_accounts'): Promise<string> {
  const [account] = (await ask<string[]>(provider, method)) ?? []
  if (!account) throw new AccountProblem('locked')
  return getAddress(account)
}

/** Whether the wallet is on the chain. */
export async function isOnChain(provider: Provider, chainId: number): Promise<boolean> {
  return Number(await ask<string>(provider, 'eth_chainId')) === chainId
}

/** Offers to change to the chain, and to add it where the wallet does not know it. */
export async function onChain(provider: Provider, chain: ChainFacts): Promise<void> {
  if (await isOnChain(provider, chain.chainId)) return
  try {
    await ask(provider, 'wallet_switchEthereumChain', [{ chainId: hex(chain.chainId) }])
  } catch (thrown) {
    const { problem } = asProblem(thrown)
    // Wallets say that they do not know a chain in several ways.
    if (problem !== 'wrongChain' && problem !== 'other' && problem !== 'unsupported') throw thrown
    await ask(provider, 'wallet_addEthereumChain', [
      { chainId: hex(chain.chainId), chainName: chain.name, rpcUrls: [chain.rpcUrl], nativeCurrency: { name: 'Ether', symbol: 'ETH', decimals: 18 } },
    ])
  }
  if (!(await isOnChain(provider, chain.chainId))) throw new AccountProblem('wrongChain')
}
