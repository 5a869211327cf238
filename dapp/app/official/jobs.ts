// What an official has signed or is about to, from the wallet to the chain; kept while the page is open.
import { shallowRef } from 'vue'
import { ApiError } from '../api/client'
import type { SubmissionLineFragment } from '../api/generated/types'
import type { Act } from '../complaint/acts'
import { actCall, announceCall } from '../complaint/calls'
import type { Installation } from '../complaint/installation'
import { NodeRefused, tryCall } from '../complaint/node'
import { refusalIn, refusalNamed, type Refusal } from '../complaint/refusal'
import { POLL_MS, submissionNow, submitSigned, UsedUp } from '../complaint/send'
import { complaintsDomain, noticesDomain, type Action, type Notice, type Statement } from '../complaint/typed-data'
import type { TypedDataDomain } from 'ethers/hash'
import { ProofError } from '../proof/error'
import { nowUnixS } from '../time/clock'
import type { Account } from './account'
import { AccountProblem, asProblem, type Problem } from './problem'
import { countOf, isFinal, minedNow, type Sender, untilMined } from './receipt'
import { handInWords, keepWords, moveWords } from './words'

/** How long what an official signs may be submitted. */
const DEADLINE_S = 3_600
/** Jobs that are shown. */
const MAX_JOBS = 30

export type JobState = 'signing' | 'effort' | 'sent' | 'mined' | 'final' | 'failed'

export interface Job {
  id: number
  /** What was done; for the administration, its key. */
  what: Act | 'announce' | 'withdraw' | 'grant' | 'revoke' | 'replace' | 'setClock' | 'assign' | 'passkey'
  complaints: string[]
  state: JobState
  /** Of the effort, 0 to 1. */
  share: number
  transaction: string | null
  /** It is on the chain by somebody else's transaction, which the service does not know. */
  isOthers: boolean
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
  const job: Job = { id: next++, what, complaints, state: 'signing', share: 0, transaction: null, isOthers: false, refusal: null, refused: {}, problem: null, freeAtUnixS: null, detail: '' }
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

/** Goes on until it is final; the caller waits for none of it. What its block has lost is pending once more. */
async function follow(job: Job, transaction: string, sender: Sender): Promise<void> {
  try {
    for (;;) {
      const done = await untilMined(transaction, sender)
      moveWords(transaction, done.transaction)
      void handInWords()
      change(job, { state: 'mined', transaction: (transaction = done.transaction), refused: done.refused })
      if (await isFinal(done)) return change(job, { state: 'final' })
      change(job, { state: 'sent', refused: {} })
    }
  } catch (thrown) {
    fail(job, thrown)
    void handInWords()
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
  void follow(job, transaction, { account: account.address, before, to, data })
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

/** Follows what the service sends: it may send another transaction, and once more where a block was replaced. */
async function followSponsored(job: Job, id: string): Promise<void> {
  try {
    // It is on its way whether anybody can be asked or not.
    while (!(await isSettled(job, await submissionNow(id).catch(() => null)))) await new Promise((resolve) => setTimeout(resolve, POLL_MS))
  } catch (thrown) {
    fail(job, thrown)
  }
}

/** Shows how a submission stands. Gives whether it will stay so. */
async function isSettled(job: Job, submission: SubmissionLineFragment | null): Promise<boolean> {
  if (!submission) return false
  const { state, transactionHash: transaction, reason, reasonName } = submission
  if (state === 'REFUSED') {
    change(job, { state: 'failed', transaction, refusal: refusalNamed(reasonName), detail: reason ?? '' })
    return true
  }
  const isIn = state === 'MINED' || state === 'FINAL'
  const isOthers = isIn && transaction === null
  const mined = isIn && transaction !== null ? await minedNow(transaction) : null
  if (!isOthers && !mined) {
    change(job, { state: 'sent', transaction, isOthers: false, refused: {} })
    return false
  }
  change(job, { state: 'mined', transaction, isOthers, refused: mined?.refused ?? {} })
  if (state !== 'FINAL' || (mined && !(await isFinal(mined)))) return false
  change(job, { state: 'final' })
  return true
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
