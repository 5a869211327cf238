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
  /** Whether it is its filer's: of a supporter's there may be many, and each says nothing more once it was used. */
  isFiler: boolean
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

/** Supporters' keys that are kept. What somebody filed by hand is bounded by the hand. */
export const MAX_SUPPORTED = 500
/** What waits at once. */
export const MAX_WAITING = 50

const store = () => createStore('power-tracker-complaints', 'mine')
/** Of this page alone, where the browser keeps nothing. */
const memory = new Map<string, unknown>()

/** Asks the store; where there is none, or it refuses, `otherwise`. */
async function tried<T>(use: () => Promise<T>, otherwise: T): Promise<T> {
  try {
    return await use()
  } catch {
    return otherwise
  }
}

/** Gives whether it will be there after this page is closed. */
function write(name: string, value: unknown): Promise<boolean> {
  memory.set(name, value)
  return tried(() => set(name, value, store()).then(() => true), false)
}

async function read<T>(name: string): Promise<T | null> {
  return (memory.get(name) as T | undefined) ?? (await tried<T | undefined>(() => get<T>(name, store()), undefined)) ?? null
}

async function all<T>(prefix: string): Promise<T[]> {
  const kept = await tried(() => entries<string, T>(store()), [])
  const merged = new Map<string, unknown>([...kept, ...memory])
  return [...merged].filter(([name, value]) => name.startsWith(prefix) && value !== undefined).map(([, value]) => value as T)
}

/** A copy that storage takes: reactive objects are none. */
const plain = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T

/** Keeps a key; a filer's is dropped for no other one, and never for a supporter's. Gives whether it is kept past this page. */
export async function keepMine(mine: Mine): Promise<boolean> {
  if (!mine.isFiler) {
    const others = (await allMine()).filter(({ isFiler, complaintId }) => isFiler === false && complaintId !== mine.complaintId)
    for (const old of others.sort((a, b) => b.atMs - a.atMs).slice(MAX_SUPPORTED - 1)) await forget(`key ${old.complaintId}`)
  }
  return write(`key ${mine.complaintId}`, plain(mine))
}

export const allMine = (): Promise<Mine[]> => all<Mine>('key ')

export const mineOf = (complaintId: string): Promise<Mine | null> => read<Mine>(`key ${complaintId}`)

/** Whether a key is kept past this page. */
export const isKept = async (complaintId: string): Promise<boolean> => (await tried<Mine | undefined>(() => get<Mine>(`key ${complaintId}`, store()), undefined)) !== undefined

export const keepWaiting = (waiting: Waiting): Promise<boolean> => write(`out ${waiting.id}`, plain(waiting))
export const allWaiting = async (): Promise<Waiting[]> => (await all<Waiting>('out ')).sort((a, b) => a.atMs - b.atMs)
export const forgetWaiting = (id: string): Promise<void> => forget(`out ${id}`)

export const keepPhoto = ({ digest, bytes }: Photo): Promise<boolean> => write(`photo ${digest}`, bytes)
export const photoOf = (digest: string): Promise<Bytes | null> => read<Bytes>(`photo ${digest}`)
export const forgetPhoto = (digest: string): Promise<void> => forget(`photo ${digest}`)

/** What is chosen in a form but not filed yet, beside its text. */
export interface Chosen {
  kind: string
  photo: Photo | null
}

export const keepChosen = (form: string, chosen: Chosen): Promise<boolean> => write(`draft ${form}`, chosen)
export const chosenIn = (form: string): Promise<Chosen | null> => read<Chosen>(`draft ${form}`)
export const forgetChosen = (form: string): Promise<void> => forget(`draft ${form}`)

async function forget(name: string): Promise<void> {
  memory.delete(name)
  await tried(() => del(name, store()), undefined)
}
