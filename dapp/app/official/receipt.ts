// What becomes of a transaction: pending, mined, final; replaced or refused. A block may be replaced until it is final, so
// what is said to be final was read again then.
import { askNode } from '../complaint/node'
import { COMPLAINTS } from '../complaint/contracts'
import { refusalIn, type Refusal } from '../complaint/refusal'
import { isObject } from '../proof/json'
import { AccountProblem } from './problem'

/** Pause between two questions. */
const POLL_MS = 2_000
/** Blocks that are looked through for what took a transaction's place: as many as pass between some questions. */
const MAX_LOOKED = 64

export interface Mined {
  transaction: string
  blockNumber: number
  blockHash: string
  /** Actions of a list that were refused, by their complaint. */
  refused: Record<string, Refusal>
}

const pause = () => new Promise((resolve) => setTimeout(resolve, POLL_MS))

/** Asks until there is an answer: what is on its way stays so while nobody can be asked. */
async function answered(method: string, params: unknown[]): Promise<unknown> {
  for (;;) {
    try {
      return await askNode(method, params)
    } catch {
      await pause()
    }
  }
}

/** How many transactions of an account are in blocks: the number that its next one has at least. */
export const countOf = async (account: string): Promise<number> => Number(await askNode('eth_getTransactionCount', [account, 'latest']))

/** Who sent a transaction itself, how many it had sent before, and the call. */
export interface Sender {
  account: string
  before: number
  to: string
  data: string
}

/** A transaction that is in a block by now; none where it is in none. */
export async function minedNow(transaction: string): Promise<Mined | null> {
  const receipt = await answered('eth_getTransactionReceipt', [transaction])
  return isObject(receipt) ? minedOf(transaction, receipt) : null
}

/** Waits until a transaction is mined. Where its sender is known, a replacement is seen: the same call sent faster goes on. */
export async function untilMined(transaction: string, sender?: Sender): Promise<Mined> {
  let nonce = sender?.before ?? 0
  for (;;) {
    const mined = await minedNow(transaction)
    if (mined) return mined
    if (sender) {
      const sent = await answered('eth_getTransactionByHash', [transaction])
      if (isObject(sent)) nonce = Number(sent.nonce)
      // Mined between the two questions, or another one took its place.
      const isPast = Number(await answered('eth_getTransactionCount', [sender.account, 'latest'])) > nonce
      if (isPast) {
        const now = (await minedNow(transaction)) ?? (await fasterOf(sender, nonce))
        if (now) return now
        throw new AccountProblem('replaced')
      }
    }
    await pause()
  }
}

/** The same call of the same account with the same number, sent again with another fee; none where it was another call. */
async function fasterOf({ account, to, data }: Sender, nonce: number): Promise<Mined | null> {
  const same = (one: unknown, other: string) => String(one).toLowerCase() === other.toLowerCase()
  const last = Number(await answered('eth_blockNumber', []))
  for (let number = last; number >= Math.max(0, last - MAX_LOOKED); number--) {
    const block = await answered('eth_getBlockByNumber', [`0x${number.toString(16)}`, true])
    const all = isObject(block) && Array.isArray(block.transactions) ? (block.transactions as { [name: string]: unknown }[]) : []
    const found = all.find((one) => same(one.from, account) && Number(one.nonce) === nonce)
    if (found) return same(found.to, to) && same(found.input, data) ? minedNow(String(found.hash)) : null
  }
  return null
}

function minedOf(transaction: string, receipt: { readonly [name: string]: unknown }): Mined {
  if (receipt.status !== '0x1') throw new AccountProblem('reverted')
  const logs = Array.isArray(receipt.logs) ? (receipt.logs as { topics: string[]; data: string }[]) : []
  return { transaction, blockNumber: Number(receipt.blockNumber), blockHash: String(receipt.blockHash), refused: refusedIn(logs) }
}

/** The actions that a list's logs say were refused. */
export function refusedIn(logs: { topics: string[]; data: string }[]): Record<string, Refusal> {
  const refused: Record<string, Refusal> = {}
  for (const log of logs) {
    const parsed = COMPLAINTS.parseLog(log)
    if (parsed?.name === 'ActionRefused') refused[String(parsed.args.complaint)] = refusalIn(String(parsed.args.reason))
  }
  return refused
}

/** Waits until a block of that number is final, and reads the receipt again. Gives whether it still is in the block where it was. */
export async function isFinal({ transaction, blockNumber, blockHash }: Mined): Promise<boolean> {
  for (;;) {
    const block = await answered('eth_getBlockByNumber', ['finalized', false])
    if (isObject(block) && Number(block.number) >= blockNumber) break
    await pause()
  }
  const receipt = await answered('eth_getTransactionReceipt', [transaction])
  return isObject(receipt) && receipt.status === '0x1' && receipt.blockHash === blockHash
}
