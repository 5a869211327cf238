// From what is said to the chain: the service takes the message as it was signed, and pays for its transaction.
import type { TypedDataDomain } from 'ethers/hash'
import { ApiError, ask } from '../api/client'
import type { SponsorshipQuery, SubmissionKind, SubmissionLineFragment } from '../api/generated/types'
import { Sponsorship, SubmissionState, Submit, SubmitEvidence, SubmitText } from '../api/generated/submit'
import { makeEffort, type Progress } from './makeEffort'
import { signWithKey } from './key'
import type { Said } from './mine'
import { statementDigest, type Statement } from './typed-data'

/** How long what a browser's own key signs may be submitted: it is signed anew each time that it is sent. */
const KEY_DEADLINE_S = 24 * 3_600
/** Pause between two questions for an outcome. */
export const POLL_MS = 2_000

/** The service pays for no more from the area today. */
export class UsedUp extends Error {
  /** `freeAtUnixS`: when the next day's share begins. */
  constructor(readonly freeAtUnixS: number) {
    super('used up')
  }
}

const KINDS: Record<Statement['type'], SubmissionKind> = { SignedFiling: 'FILING', SignedActions: 'ACTIONS', SignedRemark: 'REMARK', SignedNotice: 'NOTICE' }

function isLeft({ isOffered, filingsLeft, remarksLeft, actionsLeft }: SponsorshipQuery['sponsorship'], type: Statement['type']): boolean {
  return isOffered && { SignedFiling: filingsLeft, SignedRemark: remarksLeft, SignedActions: actionsLeft, SignedNotice: actionsLeft }[type] > 0
}

/** What is said, as it is signed. */
export function statementOf(said: Said, deadline: number): Statement {
  if ('filing' in said) return { type: 'SignedFiling', message: { filing: said.filing, deadline } }
  if ('action' in said) return { type: 'SignedActions', message: { actions: [said.action], deadline } }
  return { type: 'SignedRemark', message: { remark: said.remark, deadline } }
}

export interface Sending {
  areaId: string
  progress: Progress
  signal: AbortSignal
}

/** Signs with a browser's own key and submits. */
export function sendSaid(said: Said, key: string, domain: TypedDataDomain, nowUnixS: number, sending: Sending): Promise<SubmissionLineFragment> {
  const statement = statementOf(said, nowUnixS + KEY_DEADLINE_S)
  return submitSigned(statement, signWithKey(statement, domain, key), domain, sending)
}

/** Submits what is signed. */
export async function submitSigned(statement: Statement, signature: string, domain: TypedDataDomain, { areaId, progress, signal }: Sending): Promise<SubmissionLineFragment> {
  const { sponsorship } = await ask(Sponsorship, { areaId }, signal)
  if (!isLeft(sponsorship, statement.type)) throw new UsedUp(sponsorship.freeAtUnixS)
  const effort = await makeEffort(statementDigest(statement, domain), sponsorship.effortBits, progress, signal)
  const payload = JSON.stringify(statement.message)
  try {
    return (await ask(Submit, { kind: KINDS[statement.type], payload, signature, effort }, signal)).submit
  } catch (thrown) {
    // Somebody else took the last one.
    throw thrown instanceof ApiError && thrown.code === 'USED_UP' ? new UsedUp(sponsorship.freeAtUnixS) : thrown
  }
}

/** Gives the words of a filing that the service has already. */
export const sendText = (block: string): Promise<unknown> => ask(SubmitText, { block })

/** Gives the evidence of a filing that the service has already. */
export const sendEvidence = (block: string): Promise<unknown> => ask(SubmitEvidence, { block })

/** What has become of a submission; none where the service does not know it. */
export const submissionNow = async (id: string): Promise<SubmissionLineFragment | null> => (await ask(SubmissionState, { id })).submission
