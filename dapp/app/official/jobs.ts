// What an official has signed or is about to, from the wallet to the chain; kept while the page is open.
import { shallowRef } from 'vue'
import { ApiError } from '../api/client'
import type { Act } from '../complaint/acts'
import { actCall, announceCall } from '../complaint/calls'
import type { Installation } from '../complaint/installation'
import { NodeRefused, tryCall } from '../complaint/node'
import { refusalIn, refusalNamed, type Refusal } from '../complaint/refusal'
import { followSubmission, submitSigned, UsedUp } from '../complaint/send'
import { complaintsDomain, noticesDomain, type Action, type Notice, type Statement } from '../complaint/typed-data'
import type { TypedDataDomain } from 'ethers/hash'
import { ProofError } from '../proof/error'
import { nowUnixS } from '../time/clock'
import type { Account } from './account'
import { AccountProblem, asProblem, type Problem } from './problem'
import { countOf, untilFinal, untilMined, type Mined } from './receipt'
import { handInWords, keepWords } from './words'

/** How long what an official signs may be submitted. */
const DEADLINE_S = 3_600
/** Jobs that are shown. */
const MAX_JOBS = 30

export type JobState = 'signing' | 'effort' | 'sent' | 'mined' | 'final' | 'failed'

export interface Job {
  id: number
  /** What was done; for the administration, its key. */
  what: Act | 'announce' | 'withdraw' | 'grant' | 'revoke' | 'setClock' | 'assign' | 'passkey'
  complaints: string[]
  state: JobState
  /** Of the effort, 0 to 1. */
  share: number
  transaction: string | null
  refusal: Refusal | null
  /** Actions that were refused although the list was taken. */
  refused: Record<string, Refusal>
  problem: Problem | 'usedUp' | 'service' | null
  /** Of what is used up: when there is more. */
  freeAtUnixS: number | null
  detail: string
}

export const jobs = shallowRef<Job[]>([])
let next = 0

function begin(what: Job['what'], complaints: string[]): Job {
  const job: Job = { id: next++, what, complaints, state: 'signing', share: 0, transaction: null, refusal: null, refused: {}, problem: null, freeAtUnixS: null, detail: '' }
  jobs.value = [job, ...jobs.value].slice(0, MAX_JOBS)
  return job
}

function change(job: Job, with_: Partial<Job>): void {
  Object.assign(job, with_)
  jobs.value = jobs.value.map((one) => (one.id === job.id ? { ...job } : one))
}

/** Takes what ended badly off the list. */
export const dismissJob = (id: number): void => void (jobs.value = jobs.value.filter((job) => job.id !== id))

function fail(job: Job, thrown: unknown): false {
  if (thrown instanceof NodeRefused) change(job, { state: 'failed', refusal: refusalIn(thrown.data), detail: thrown.message })
  else if (thrown instanceof UsedUp) change(job, { state: 'failed', problem: 'usedUp', freeAtUnixS: thrown.freeAtUnixS })
  else {
    const { problem, detail } = asProblem(thrown)
    const isService = thrown instanceof ApiError || thrown instanceof ProofError
    change(job, { state: 'failed', problem: isService ? 'service' : problem, detail })
  }
  return false
}

/** Goes on until it is final; the caller waits for none of it. */
async function follow(job: Job, mined: Promise<Mined>): Promise<void> {
  try {
    const done = await mined
    change(job, { state: 'mined', transaction: done.transaction, refused: done.refused })
    await untilFinal(done)
    change(job, { state: 'final' })
  } catch (thrown) {
    fail(job, thrown)
  }
}

/** Sends a transaction of the account's own, once the chain has said that it would take it. */
async function send(job: Job, account: Account, to: string, data: string, words: string[] = []): Promise<void> {
  if (!account.send) throw new AccountProblem('unsupported')
  await tryCall(account.address, to, data)
  const before = await countOf(account.address)
  const transaction = await account.send(to, data)
  change(job, { state: 'sent', transaction })
  // The chain has the words' hashes only: they are kept until the service has them.
  keepWords(words, transaction)
  void follow(job, untilMined(transaction, { account: account.address, before }).finally(() => void handInWords()))
}

/** How an official acts: paid by the service, or by its own wallet. */
export type Payment = 'sponsored' | 'direct'

/** Something that an official says: as it is signed, and as the call of its own transaction. */
interface Spoken {
  statement: Statement
  domain: TypedDataDomain
  areaId: string
  to: string
  data: string
  /** Words that the chain has as hashes only. */
  words: string[]
}

/** Signs it and sees to it. Gives whether it is on its way. */
async function speak(job: Job, account: Account, payment: Payment, { statement, domain, areaId, to, data, words }: Spoken): Promise<boolean> {
  try {
    if (payment === 'direct') {
      await send(job, account, to, data, words)
      return true
    }
    // The same call as the official's own: what the chain would refuse is known before anything is signed.
    await tryCall(account.address, to, data)
    const signature = await account.sign(statement, domain)
    change(job, { state: 'effort' })
    const { signal } = new AbortController()
    const submission = await submitSigned(statement, signature, domain, { areaId, signal, progress: (share) => change(job, { share }) })
    change(job, { state: 'sent', transaction: submission.transactionHash })
    void followSponsored(job, submission.id)
    return true
  } catch (thrown) {
    return fail(job, thrown)
  }
}

/** Acts on complaints, all with one signature. Gives whether it is on its way. */
export function act(account: Account, actions: Action[], areaId: string, payment: Payment, { chainId, complaints }: Installation): Promise<boolean> {
  const job = begin(actions[0]!.act, actions.map(({ complaint }) => complaint))
  const statement = { type: 'SignedActions' as const, message: { actions, deadline: nowUnixS.value + DEADLINE_S } }
  const words = actions.map(({ note }) => note)
  return speak(job, account, payment, { statement, domain: complaintsDomain(chainId, complaints), areaId, to: complaints, data: actCall(actions), words })
}

/** Announces a planned outage, changes one or withdraws it. Gives whether it is on its way. */
export function announce(account: Account, notice: Notice, payment: Payment, { chainId, notices }: Installation): Promise<boolean> {
  const job = begin(notice.withdrawn ? 'withdraw' : 'announce', [])
  const statement = { type: 'SignedNotice' as const, message: { notice, deadline: nowUnixS.value + DEADLINE_S } }
  return speak(job, account, payment, { statement, domain: noticesDomain(chainId, notices), areaId: notice.area, to: notices, data: announceCall(notice), words: [notice.reason] })
}

async function followSponsored(job: Job, id: string): Promise<void> {
  try {
    const done = await followSubmission(id, ({ transactionHash }) => change(job, { transaction: transactionHash }))
    if (done.state === 'REFUSED' || !done.transactionHash) return change(job, { state: 'failed', refusal: refusalNamed(done.reasonName), detail: done.reason ?? '' })
    await follow(job, untilMined(done.transactionHash))
  } catch (thrown) {
    fail(job, thrown)
  }
}

/** Sends a call of the administration with the wallet's own transaction. */
export async function administer(account: Account, what: Job['what'], to: string, data: string): Promise<boolean> {
  const job = begin(what, [])
  try {
    await send(job, account, to, data)
    return true
  } catch (thrown) {
    return fail(job, thrown)
  }
}
