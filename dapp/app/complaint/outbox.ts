// What is still to be sent: handed in at once where there is a network, else as soon as there is one again, and then only
// watched. A reload or a lost connection loses nothing: every step is kept before the next one, and the same thing sent
// twice is one.
import { shallowRef } from 'vue'
import { ApiError } from '../api/client'
import type { SubmissionLineFragment } from '../api/generated/types'
import { mapConcurrently } from '../proof/concurrent'
import { nowUnixS } from '../time/clock'
import { type Installation, installation } from './installation'
import { allWaiting, forgetPhoto, forgetWaiting, keepWaiting, MAX_WAITING, photoOf, type Waiting } from './mine'
import { sendPhoto } from './photoTransfer'
import { POLL_MS, sendEvidence, sendSaid, sendText, submissionNow, UsedUp } from './send'
import { complaintsDomain } from './typed-data'

/** Pause before what failed is tried again. */
const RETRY_MS = 15_000
/** How long what is done is still shown. */
const DONE_KEPT_MS = 7 * 86_400_000
/** What is handed in at the same time: each does a sum, and a phone has few cores. */
const MAX_IN_HAND = 3

/** Why something waits, and the service's word on it. */
export interface Hindrance {
  kind: 'network' | 'usedUp' | 'service' | 'noInstallation'
  detail: string
  /** Of what is used up: when there is more. */
  freeAtUnixS: number | null
}

/** Everything that is to be sent or was lately, as this browser keeps it. */
export const outbox = shallowRef<Waiting[]>([])
/** How far the effort is for each that is being handed in, 0 to 1. */
export const effortShares = shallowRef<Record<string, number>>({})
/** What keeps each of those waiting that could not be handed in. */
export const hindrances = shallowRef<Record<string, Hindrance>>({})

const inHand = new Set<string>()
let found: Promise<Installation | null> | undefined
let watching: Promise<void> | undefined
let timer: ReturnType<typeof setTimeout> | undefined

/** Whether the service has not everything of it. */
function isToHandIn({ state, said, isTextSent, isEvidenceSent, isPhotoSent }: Waiting): boolean {
  if (state === 'waiting') return true
  return state !== 'refused' && 'filing' in said && (!isTextSent || (!!said.evidence && !isEvidenceSent) || (!!said.photo && !isPhotoSent))
}

/** Whether it is done, shown for long enough, and nothing of it is left to hand in. */
export const isOver = (waiting: Waiting, nowMs: number): boolean =>
  (waiting.state === 'mined' || waiting.state === 'refused') && nowMs - waiting.atMs > DONE_KEPT_MS && !isToHandIn(waiting)

/** Too much waits already. */
export class OutboxFull extends Error {}

/** Keeps something to be sent, and begins to send. */
export async function enqueue(said: Pick<Waiting, 'complaintId' | 'areaId' | 'key' | 'said'>): Promise<void> {
  await load()
  if (outbox.value.filter(({ state }) => state === 'waiting').length >= MAX_WAITING) throw new OutboxFull()
  await change({
    ...said, id: crypto.randomUUID(), state: 'waiting', atMs: Date.now(), submissionId: null, isTextSent: false, isEvidenceSent: false, isPhotoSent: false, photoRefusal: null, transaction: null, refusal: null,
  })
  pump()
}

async function load(): Promise<void> {
  const all = await allWaiting()
  const old = all.filter((waiting) => isOver(waiting, Date.now()))
  await Promise.all(old.map(({ id }) => forgetWaiting(id)))
  outbox.value = all.filter((waiting) => !old.includes(waiting))
}

async function change(waiting: Waiting): Promise<void> {
  await keepWaiting(waiting)
  outbox.value = [...outbox.value.filter(({ id }) => id !== waiting.id), waiting].sort((a, b) => a.atMs - b.atMs)
}

/** Sends what waits. Called when the page opens, when the network comes back, and after a pause. */
export async function flush(): Promise<void> {
  clearTimeout(timer)
  await load()
  hindrances.value = {}
  if ((await found) === null) found = undefined
  pump()
  watch()
}

/** Hands in as many at a time as may be; what failed waits for the next flush. */
function pump(): void {
  for (const waiting of outbox.value.filter(isToHandIn)) {
    if (inHand.size >= MAX_IN_HAND) return
    if (inHand.has(waiting.id) || waiting.id in hindrances.value) continue
    inHand.add(waiting.id)
    void handIn(waiting)
      .catch((thrown: unknown) => later(waiting.id, hindranceOf(thrown)))
      .finally(() => {
        inHand.delete(waiting.id)
        pump()
      })
  }
}

function later(id: string, hindrance: Hindrance) {
  hindrances.value = { ...hindrances.value, [id]: hindrance }
  clearTimeout(timer)
  timer = setTimeout(flush, RETRY_MS)
}

class NoInstallation extends Error {}

function hindranceOf(thrown: unknown): Hindrance {
  const of = (kind: Hindrance['kind'], detail = '', freeAtUnixS: number | null = null) => ({ kind, detail, freeAtUnixS })
  if (thrown instanceof UsedUp) return of('usedUp', '', thrown.freeAtUnixS)
  if (thrown instanceof NoInstallation) return of('noInstallation')
  if (!(thrown instanceof ApiError)) return of('service', String(thrown))
  return thrown.problem === 'refused' || thrown.problem === 'notTheService' ? of('service', thrown.detail) : of('network')
}

/** What the service says of one, kept. */
async function news(waiting: Waiting, submission: SubmissionLineFragment): Promise<Waiting> {
  const state = submission.state === 'REFUSED' ? 'refused' : submission.state === 'MINED' || submission.state === 'FINAL' ? 'mined' : 'sent'
  const refusal = submission.reasonName ?? submission.reason
  const next: Waiting = { ...waiting, state, submissionId: submission.id, transaction: submission.transactionHash, refusal }
  if (JSON.stringify(next) !== JSON.stringify(waiting)) await change(next)
  return next
}

/** Gives the service all that belongs to one: what is signed, and for a filing its words, evidence and photo. */
async function handIn(waiting: Waiting): Promise<void> {
  const at = await (found ??= installation())
  if (!at) throw new NoInstallation()
  const { signal } = new AbortController()
  let now = waiting
  if (now.submissionId === null) {
    const progress = (share: number) => (effortShares.value = { ...effortShares.value, [now.id]: share })
    const domain = complaintsDomain(at.chainId, at.complaints)
    try {
      now = await news(now, await sendSaid(now.said, now.key, domain, nowUnixS.value, { areaId: now.areaId, progress, signal }))
    } finally {
      const { [now.id]: _, ...others } = effortShares.value
      effortShares.value = others
    }
  }
  watch()
  if (!('filing' in now.said) || now.state === 'refused') return
  const { block, evidence, photo } = now.said
  const latest = () => outbox.value.find(({ id }) => id === waiting.id) ?? now
  // After the filing: the service takes only what it knows of.
  if (!now.isTextSent) {
    await sendText(block)
    await change((now = { ...latest(), isTextSent: true }))
  }
  if (evidence && !now.isEvidenceSent) {
    await sendEvidence(evidence)
    await change((now = { ...latest(), isEvidenceSent: true }))
  }
  if (photo && !now.isPhotoSent) {
    const bytes = await photoOf(photo)
    const photoRefusal = bytes ? await sendPhoto(photo, bytes) : 'ABSENT'
    await change((now = { ...latest(), isPhotoSent: true, photoRefusal }))
    await forgetPhoto(photo)
  }
}

/** Asks for the outcome of what the service has, until there is one for each. */
function watch(): void {
  const isSent = ({ state, submissionId }: Waiting) => state === 'sent' && submissionId !== null
  const look = async ({ id, submissionId }: Waiting) => {
    // It is on its way whether anybody can be asked or not.
    const submission = await submissionNow(submissionId!).catch(() => null)
    const waiting = outbox.value.find((one) => one.id === id)
    if (submission && waiting) await news(waiting, submission)
  }
  watching ??= (async () => {
    for (let sent = outbox.value.filter(isSent); sent.length > 0; sent = outbox.value.filter(isSent)) {
      await mapConcurrently(sent, look)
      if (outbox.value.some(isSent)) await new Promise((resolve) => setTimeout(resolve, POLL_MS))
    }
  })().finally(() => (watching = undefined))
}

/** Takes a refused one off the list. */
export async function dismiss(id: string): Promise<void> {
  const said = outbox.value.find((waiting) => waiting.id === id)?.said
  if (said && 'filing' in said && said.photo) await forgetPhoto(said.photo)
  await forgetWaiting(id)
  outbox.value = outbox.value.filter((waiting) => waiting.id !== id)
}

/** Says it once more: it is signed and sent anew. */
export async function retry(waiting: Waiting): Promise<void> {
  await change({ ...waiting, state: 'waiting', submissionId: null, transaction: null, refusal: null })
  await flush()
}
