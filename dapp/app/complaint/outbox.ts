// What is still to be sent, one after the other: at once where there is a network, else as soon as there is one again. A
// reload or a lost connection loses nothing: every step is kept before the next one, and the same thing sent twice is one.
import { shallowRef } from 'vue'
import { ApiError } from '../api/client'
import type { SubmissionLineFragment } from '../api/generated/types'
import { nowUnixS } from '../time/clock'
import { type Installation, installation } from './installation'
import { allWaiting, forgetWaiting, keepWaiting, MAX_WAITING, type Waiting } from './mine'
import { followSubmission, sendSaid, sendText, UsedUp } from './send'
import { complaintsDomain } from './typed-data'

/** Pause before what failed is tried again. */
const RETRY_MS = 15_000
/** How long what is done is still shown. */
const DONE_KEPT_MS = 7 * 86_400_000

/** Why something waits. */
export type Hindrance = 'network' | 'usedUp' | 'service' | 'noInstallation'

/** Everything that is to be sent or was lately, as this browser keeps it. */
export const outbox = shallowRef<Waiting[]>([])
/** How far the effort is for the one that is being sent, 0 to 1. */
export const effortShare = shallowRef<{ id: string; share: number }>()
/** What keeps the first one waiting, and the service's word on it. */
export const hindrance = shallowRef<{ kind: Hindrance; detail: string }>()

let running: Promise<void> | undefined
let timer: ReturnType<typeof setTimeout> | undefined

/** Not done with: on its way, or its words are. */
const isOpen = ({ state, said, isTextSent }: Waiting): boolean => state === 'waiting' || state === 'sent' || (state === 'mined' && 'filing' in said && !isTextSent)

/** Too much waits already. */
export class OutboxFull extends Error {}

/** Keeps something to be sent, and begins to send. */
export async function enqueue(said: Pick<Waiting, 'complaintId' | 'areaId' | 'key' | 'said'>): Promise<void> {
  await load()
  if (outbox.value.filter(({ state }) => state === 'waiting').length >= MAX_WAITING) throw new OutboxFull()
  const waiting: Waiting = { ...said, id: crypto.randomUUID(), state: 'waiting', atMs: Date.now(), submissionId: null, isTextSent: false, transaction: null, refusal: null }
  await change(waiting)
  void flush()
}

async function load(): Promise<void> {
  const all = await allWaiting()
  const old = all.filter(({ state, atMs }) => (state === 'mined' || state === 'refused') && Date.now() - atMs > DONE_KEPT_MS)
  await Promise.all(old.map(({ id }) => forgetWaiting(id)))
  outbox.value = all.filter((waiting) => !old.includes(waiting))
}

async function change(waiting: Waiting): Promise<void> {
  await keepWaiting(waiting)
  outbox.value = [...outbox.value.filter(({ id }) => id !== waiting.id), waiting].sort((a, b) => a.atMs - b.atMs)
}

/** Sends what waits, in its order. Called when the page opens, when the network comes back, and after a pause. */
export function flush(): Promise<void> {
  return (running ??= sendAll().finally(() => (running = undefined)))
}

async function sendAll(): Promise<void> {
  clearTimeout(timer)
  await load()
  const open = outbox.value.filter(isOpen)
  if (open.length === 0) return
  const found = await installation()
  if (!found) return later('noInstallation', '')
  for (const waiting of open) {
    try {
      await deliver(waiting, found)
      hindrance.value = undefined
    } catch (thrown) {
      return later(...hindranceOf(thrown))
    } finally {
      effortShare.value = undefined
    }
  }
}

function later(kind: Hindrance, detail: string) {
  hindrance.value = { kind, detail }
  timer = setTimeout(flush, RETRY_MS)
}

function hindranceOf(thrown: unknown): [Hindrance, string] {
  if (thrown instanceof UsedUp) return ['usedUp', '']
  if (!(thrown instanceof ApiError)) return ['service', String(thrown)]
  return thrown.problem === 'refused' || thrown.problem === 'notTheService' ? ['service', thrown.detail] : ['network', '']
}

/** One of them, from where it stands to its outcome. */
async function deliver(waiting: Waiting, { chainId, complaints }: Installation): Promise<void> {
  const { signal } = new AbortController()
  let now = waiting
  const news = async (submission: SubmissionLineFragment) => {
    const state = submission.state === 'REFUSED' ? 'refused' : submission.state === 'MINED' || submission.state === 'FINAL' ? 'mined' : 'sent'
    const refusal = submission.reasonName ?? submission.reason
    const next: Waiting = { ...now, state, submissionId: submission.id, transaction: submission.transactionHash, refusal }
    if (JSON.stringify(next) !== JSON.stringify(now)) await change((now = next))
  }
  if (now.submissionId === null) {
    const progress = (share: number) => (effortShare.value = { id: waiting.id, share })
    const sending = { areaId: waiting.areaId, progress, signal }
    await news(await sendSaid(waiting.said, waiting.key, complaintsDomain(chainId, complaints), nowUnixS.value, sending))
    effortShare.value = undefined
  }
  // After the filing: the service takes words only for what it knows.
  if ('filing' in now.said && !now.isTextSent && now.state !== 'refused') {
    await sendText(now.said.block)
    await change((now = { ...now, isTextSent: true }))
  }
  if (now.state === 'sent' && now.submissionId !== null) await news(await followSubmission(now.submissionId, (line) => void news(line), signal))
}

/** Takes a refused one off the list. */
export async function dismiss(id: string): Promise<void> {
  await forgetWaiting(id)
  outbox.value = outbox.value.filter((waiting) => waiting.id !== id)
}

/** Says it once more: it is signed and sent anew. */
export async function retry(waiting: Waiting): Promise<void> {
  await change({ ...waiting, state: 'waiting', submissionId: null, transaction: null, refusal: null })
  void flush()
}
