import { onBeforeUnmount, onMounted, ref, shallowRef } from 'vue'
import { getAddress } from 'ethers/address'
import { PASSKEYS } from '~/complaint/contracts'
import { askNode, readContract } from '~/complaint/node'
import type { Installation } from '~/complaint/installation'
import type { Account } from '~/official/account'
import { hasPasskeys, keptPasskey, makePasskey, passkeyAccount, type PasskeyKey } from '~/official/passkey'
import { findPasskey } from '~/official/passkeyFinding'
import { AccountProblem, asProblem } from '~/official/problem'
import { signInFor, signInText } from '~/official/signIn'
import { connectWallet, isOnChain, type ChainFacts, onChain } from '~/official/walletAccount'
import { discoverWallets, type FoundWallet, type Provider } from '~/official/wallets'
import { rpcUrl } from '~/api/service'
import { nowUnixS } from '~/time/clock'

// Signed in as long as the page is open, whichever of its parts is looked at. The service knows of it nothing: every act
// is signed by itself.
const account = shallowRef<Account>()
const passkey = shallowRef<PasskeyKey>()
const problem = shallowRef<AccountProblem>()
/** The wallet is on another chain. */
const isElsewhere = ref(false)
const wallets = shallowRef<FoundWallet[]>([])
const isBusy = ref(false)
/** The words that were signed to sign in. */
const signedWords = ref('')
let provider: Provider | undefined

export const chainFacts = ({ chainId, operator }: Installation): ChainFacts => ({ chainId, name: operator ?? `Power Tracker ${chainId}`, rpcUrl: rpcUrl() })

/** Who acts: an account of a wallet or a passkey, and what is wrong with it. */
export function useSession(found: () => Installation | null | undefined) {
  onMounted(() => {
    const stop = discoverWallets((all) => (wallets.value = all))
    onBeforeUnmount(stop)
  })

  async function attempt(work: () => Promise<void>) {
    if (isBusy.value) return
    isBusy.value = true
    problem.value = undefined
    try {
      await work()
    } catch (thrown) {
      problem.value = asProblem(thrown)
    } finally {
      isBusy.value = false
    }
  }

  const changed = (accounts: string[]) => {
    const [now] = accounts
    if (!account.value || (now && getAddress(now) === account.value.address)) return
    signOut()
    problem.value = new AccountProblem(now ? 'changedAccount' : 'locked')
  }
  const moved = () => void look()
  const lost = () => (problem.value = new AccountProblem('disconnected'))

  async function look() {
    const chainId = found()?.chainId
    if (provider && chainId) isElsewhere.value = !(await isOnChain(provider, chainId).catch(() => true))
  }

  function listen(on: Provider | undefined) {
    for (const [event, listener] of [['accountsChanged', changed], ['chainChanged', moved], ['disconnect', lost]] as const) {
      provider?.removeListener?.(event, listener as (value: never) => void)
      on?.on?.(event, listener as (value: never) => void)
    }
    provider = on
  }

  const connect = (wallet: FoundWallet) =>
    attempt(async () => {
      const installation = found()
      if (!installation) return
      const chosen = await connectWallet(wallet, chainFacts(installation))
      await prove(chosen, installation)
      account.value = chosen
      passkey.value = undefined
      listen(wallet.provider)
      await look()
    })

  /** Signs in with words that are checked here. */
  async function prove(who: Account, { chainId }: Installation) {
    const words = signInText(signInFor(who.address, chainId, new URL(location.href), nowUnixS.value * 1_000))
    await who.prove(words)
    signedWords.value = words
  }

  const addressOf = async ({ x, y }: PasskeyKey, { passkeys }: Installation) => String((await readContract(PASSKEYS, passkeys, 'accountOf', [x, y]))[0])

  async function enter(key: PasskeyKey, installation: Installation) {
    const who = passkeyAccount(key, await addressOf(key, installation))
    await prove(who, installation)
    listen(undefined)
    isElsewhere.value = false
    account.value = who
    passkey.value = key
  }

  /** With the passkey of this device; makes one where there is none. */
  const connectPasskey = (siteName: string, userName: string) =>
    attempt(async () => {
      const installation = found()
      if (installation) await enter(keptPasskey() ?? (await makePasskey(siteName, userName)), installation)
    })

  /** With a passkey that this browser does not know yet: a synchronised one, or one on a phone. */
  const connectOther = () =>
    attempt(async () => {
      const installation = found()
      if (!installation) return
      const isKnown = async (key: PasskeyKey) => (await askNode('eth_getCode', [await addressOf(key, installation), 'latest'])) !== '0x'
      await enter(await findPasskey(isKnown), installation)
    })

  /** Brings the wallet to the chain. */
  const changeChain = () =>
    attempt(async () => {
      const installation = found()
      if (!provider || !installation) return
      await onChain(provider, chainFacts(installation))
      await look()
    })

  function signOut() {
    listen(undefined)
    account.value = passkey.value = undefined
    signedWords.value = ''
    isElsewhere.value = false
  }

  return { account, passkey, wallets, problem, isBusy, isElsewhere, hasPasskeys, hasKept: () => keptPasskey() !== null, signedWords, connect, connectPasskey, connectOther, changeChain, signOut }
}
