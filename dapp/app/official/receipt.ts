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

/** Waits until a transaction is mined. `from` is who sent it, where that is known: then a replacement is seen. */
export async function untilMined(transaction: string, from?: string): Promise<Mined> {
  let nonce: number | undefined
  for (;;) {
    const receipt = await askNode('eth_getTransactionReceipt', [transaction])
    if (isObject(receipt)) return minedOf(transaction, receipt)
    if (from) {
      const sent = await askNode('eth_getTransactionByHash', [transaction])
      if (isObject(sent)) nonce = Number(sent.nonce)
      const done = Number(await askNode('eth_getTransactionCount', [from, 'latest']))
      // Mined between the two questions, or another one took its place.
      if (nonce !== undefined && done > nonce && !isObject(await askNode('eth_getTransactionReceipt', [transaction]))) throw new AccountProblem('replaced')
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
    const block = await askNode('eth_getBlockByNumber', ['finalized', false])
    if (isObject(block) && Number(block.number) >= blockNumber) return
    await pause()
  }
}
