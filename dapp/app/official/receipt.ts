// What becomes of a transaction: pending, mined, final; replaced or refused.
import { askNode } from '../complaint/node'
import { COMPLAINTS } from '../complaint/contracts'
import { refusalIn, type Refusal } from '../complaint/refusal'
import { isObject } from '../proof/json'
import { AccountProblem } from './problem'

/** Pause between two questions. */
const POLL_MS = 2_000

export interface Mined {
  transaction: string
  blockNumber: number
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

/** Who sent a transaction itself, and how many it had sent before. */
export interface Sender {
  account: string
  before: number
}

/** Waits until a transaction is mined. Where its sender is known, a replacement is seen. */
export async function untilMined(transaction: string, sender?: Sender): Promise<Mined> {
  let nonce = sender?.before ?? 0
  for (;;) {
    const receipt = await answered('eth_getTransactionReceipt', [transaction])
    if (isObject(receipt)) return minedOf(transaction, receipt)
    if (sender) {
      const sent = await answered('eth_getTransactionByHash', [transaction])
      if (isObject(sent)) nonce = Number(sent.nonce)
      // Mined between the two questions, or another one took its place.
      const isPast = Number(await answered('eth_getTransactionCount', [sender.account, 'latest'])) > nonce
      if (isPast && !isObject(await answered('eth_getTransactionReceipt', [transaction]))) throw new AccountProblem('replaced')
    }
    await pause()
  }
}

function minedOf(transaction: string, receipt: { readonly [name: string]: unknown }): Mined {
  if (receipt.status !== '0x1') throw new AccountProblem('reverted')
  const logs = Array.isArray(receipt.logs) ? (receipt.logs as { topics: string[]; data: string }[]) : []
  return { transaction, blockNumber: Number(receipt.blockNumber), refused: refusedIn(logs) }
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

/** Waits until the block of a transaction is final. */
export async function untilFinal({ blockNumber }: Mined): Promise<void> {
  for (;;) {
    const block = await answered('eth_getBlockByNumber', ['finalized', false])
    if (isObject(block) && Number(block.number) >= blockNumber) return
    await pause()
  }
}
