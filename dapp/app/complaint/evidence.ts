// Evidence that goes with a complaint: put together by the service from anchored records, and looked at here before its
// digest is signed. Whoever reads the complaint checks all of it (proof/evidence.ts).
import { Evidence } from '../api/generated/submit'
import { ask } from '../api/client'
import { utf8 } from '../proof/bytes'
import { parseEvidence } from '../proof/evidence-block'
import { digestOf } from '../proof/sha256'
import { DAY_S } from '../time/format'

/** How far back it goes: as far as the sensors are asked whether they back a complaint. */
const WINDOW_S = DAY_S
/** How long a filing waits for it. */
const PATIENCE_MS = 8_000

/** Why a complaint goes without. */
export type NoEvidence =
  /** It names neither site nor feeder. */
  | 'noPlace'
  /** The service could not be asked. */
  | 'unreachable'
  /** No anchored record lies in the window. */
  | 'none'
  /** What the service gave is not what was asked for. */
  | 'wrong'

/** The block to file with, or why there is none. */
export type Gathered = { block: string; digest: string; records: number } | { why: NoEvidence }

/** The place, and the devices that watch it. */
export interface Watched {
  areaId: string
  feederId: string
  siteId: string
  deviceIds: string[]
}

/** Asks for the evidence of the last day; never throws: a complaint is filed with or without. */
export async function gatherEvidence(place: Watched, nowUnixS: number): Promise<Gathered> {
  if (!place.siteId && !place.feederId) return { why: 'noPlace' }
  const window = { fromUnixS: nowUnixS - WINDOW_S, toUnixS: nowUnixS }
  // A site says more than its feeder.
  const where = place.siteId ? { siteId: place.siteId } : { feederId: place.feederId }
  const patience = new AbortController()
  const timer = setTimeout(() => patience.abort(), PATIENCE_MS)
  try {
    const { evidence } = await ask(Evidence, { areaId: place.areaId, ...where, ...window }, patience.signal)
    if (evidence.records === 0) return { why: 'none' }
    return (await isAsked(evidence, place, window)) ? { block: evidence.block, digest: `0x${evidence.digest}`, records: evidence.records } : { why: 'wrong' }
  } catch {
    return { why: 'unreachable' }
  } finally {
    clearTimeout(timer)
  }
}

/** Whether a block is of this place and window, and has the digest that it is said to have. */
async function isAsked({ block, digest }: { block: string; digest: string }, place: Watched, window: { fromUnixS: number; toUnixS: number }): Promise<boolean> {
  try {
    const read = parseEvidence(block)
    const named = new Set(read.devices.map(({ deviceId }) => deviceId))
    const isPlace = read.areaId === place.areaId && place.deviceIds.some((id) => named.has(id))
    return isPlace && read.fromUnixS === window.fromUnixS && read.toUnixS === window.toUnixS && (await digestOf(utf8(block))) === digest
  } catch {
    return false
  }
}
