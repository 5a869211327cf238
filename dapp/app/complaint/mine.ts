// What this browser keeps of complaints: the key of each, and what is still to be sent. Nothing here is sent anywhere but by
// complaint/send.ts. Where the browser keeps nothing (a private window), this page keeps it until it is closed.
import { createStore, del, entries, get, set } from 'idb-keyval'
import type { Bytes } from '../proof/bytes'
import type { NoEvidence } from './evidence'
import type { Photo } from './photo'
import type { Action, Filing, Remark } from './typed-data'

/** A complaint of which this browser has a key: its filer's, or a supporter's. */
export interface Mine {
  complaintId: string
  key: string
  /** What the place was called. */
  place: string
  atMs: number
}

/** What is said with the key; the deadline and the signature come when it is sent. */
export type Said = SaidFiling | { action: Action } | { remark: Remark }

/** A complaint with the blocks that it names. */
export interface SaidFiling {
  filing: Filing
  /** Its words. */
  block: string
  /** The block of its evidence; none where it is filed without. */
  evidence: string | null
  /** Digest of its photo, whose bytes are kept beside; none where there is none. */
  photo: string | null
  /** Records in the evidence, or why there is none. */
  attached: { records: number } | { why: NoEvidence }
}

/** Where something that is to be sent stands. */
export type WaitingState =
  /** Not sent yet: no network, or the service was not there. It is tried again. */
  | 'waiting'
  /** The service has it; its outcome is asked for. */
  | 'sent'
  /** On the chain. */
  | 'mined'
  /** Refused for good. */
  | 'refused'

export interface Waiting {
  /** Its own name here. */
  id: string
  complaintId: string
  /** The area whose limits count. */
  areaId: string
  key: string
  said: Said
  state: WaitingState
  atMs: number
  /** The service's name for it. */
  submissionId: string | null
  /** Of a filing: the service has its words too. */
  isTextSent: boolean
  /** Of a filing: the service has its evidence too. */
  isEvidenceSent: boolean
  /** Of a filing: the service has its photo too, or never will. */
  isPhotoSent: boolean
  /** Why the service does not take the photo, in its own word. */
  photoRefusal: string | null
  transaction: string | null
  /** Why it was refused, in the contract's or service's word. */
  refusal: string | null
}

/** Complaints whose keys are kept; more than anybody files by hand. */
const MAX_MINE = 500
/** What waits at once. */
export const MAX_WAITING = 50

const store = () => createStore('power-tracker-complaints', 'mine')
/** Of this page alone, where the browser keeps nothing. */
const memory = new Map<string, unknown>()

async function write(name: string, value: unknown): Promise<void> {
  memory.set(name, value)
  await set(name, value, store()).catch(() => {})
}

async function all<T>(prefix: string): Promise<T[]> {
  const kept = await entries<string, T>(store()).catch(() => [])
  const merged = new Map<string, unknown>([...kept, ...memory])
  return [...merged].filter(([name, value]) => name.startsWith(prefix) && value !== undefined).map(([, value]) => value as T)
}

/** A copy that storage takes: reactive objects are none. */
const plain = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T

export async function keepMine(mine: Mine): Promise<void> {
  const others = (await allMine()).sort((a, b) => b.atMs - a.atMs)
  for (const old of others.slice(MAX_MINE - 1)) await forget(`key ${old.complaintId}`)
  await write(`key ${mine.complaintId}`, plain(mine))
}

export const allMine = (): Promise<Mine[]> => all<Mine>('key ')

export async function mineOf(complaintId: string): Promise<Mine | null> {
  const name = `key ${complaintId}`
  return ((memory.get(name) as Mine | undefined) ?? (await get<Mine>(name, store()).catch(() => undefined))) ?? null
}

export const keepWaiting = (waiting: Waiting): Promise<void> => write(`out ${waiting.id}`, plain(waiting))
export const allWaiting = async (): Promise<Waiting[]> => (await all<Waiting>('out ')).sort((a, b) => a.atMs - b.atMs)
export const forgetWaiting = (id: string): Promise<void> => forget(`out ${id}`)

export const keepPhoto = ({ digest, bytes }: Photo): Promise<void> => write(`photo ${digest}`, bytes)
export async function photoOf(digest: string): Promise<Bytes | null> {
  const name = `photo ${digest}`
  return ((memory.get(name) as Bytes | undefined) ?? (await get<Bytes>(name, store()).catch(() => undefined))) ?? null
}
export const forgetPhoto = (digest: string): Promise<void> => forget(`photo ${digest}`)

async function forget(name: string): Promise<void> {
  memory.delete(name)
  await del(name, store()).catch(() => {})
}
