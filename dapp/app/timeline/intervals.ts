// What is known of a site over time, from its verified history and its live reading. Rules: docs/protocol.md, State.
import type { NowFragment, State, StretchFragment } from '../api/generated/types'

/** A heartbeat or two may be missed, and this much more, before an ON becomes NO DATA. */
const GRACE_S = 120
const MISSED_HEARTBEATS = 2

export type Segment = StretchFragment

export interface Interval {
  state: State
  fromUnixS: number
  toUnixS: number
  /** It began before what is shown. */
  isOpenStart: boolean
  /** It lasts. */
  isOpenEnd: boolean
  /** Records are missing right before its first one, or the time of that is an upper bound: it may have begun earlier. */
  isStartUncertain: boolean
  /** Records are missing before its end, or its time is an upper bound: it may have ended earlier, or been interrupted. */
  isEndUncertain: boolean
  isAnchored: boolean
}

export interface Window {
  fromUnixS: number
  toUnixS: number
}

const interval = (state: State, fromUnixS: number, toUnixS: number, rest: Partial<Interval> = {}): Interval => ({
  state,
  fromUnixS,
  toUnixS,
  isOpenStart: false,
  isOpenEnd: false,
  isStartUncertain: false,
  isEndUncertain: false,
  isAnchored: true,
  ...rest,
})

/** The intervals of a window, in order, without holes. `history` may come in any order. */
export function intervals(history: Segment[], now: NowFragment | null, heartbeatS: number, window: Window): Interval[] {
  const segments = [...history].sort((a, b) => a.firstSequence - b.firstSequence)
  const all = segments.flatMap((segment, i) => ofSegment(segment, segments[i + 1], heartbeatS, window.toUnixS))
  return clipped(merged(withLive(all, segments[segments.length - 1], now, window.toUnixS)), window)
}

function ofSegment(segment: Segment, next: Segment | undefined, heartbeatS: number, endUnixS: number): Interval[] {
  const end = next?.firstUnixS ?? Math.max(endUnixS, segment.firstUnixS)
  const ends = { isStartUncertain: maybeEarlier(segment), isEndUncertain: next ? maybeEarlier(next) : false }
  if (segment.powerStatus === 'OFF') return [interval('OFF', segment.firstUnixS, end, ends)]
  const aliveUntil = segment.lastUnixS + MISSED_HEARTBEATS * heartbeatS + GRACE_S
  if (aliveUntil >= end) return [interval('ON', segment.firstUnixS, end, ends)]
  return [interval('ON', segment.firstUnixS, aliveUntil, { isStartUncertain: maybeEarlier(segment) }), interval('NO_DATA', aliveUntil, end)]
}

const maybeEarlier = ({ gapBefore, firstIsUpperBound }: Segment): boolean => gapBefore || firstIsUpperBound

/** The live state takes over where it is newer than the verified history. */
function withLive(all: Interval[], last: Segment | undefined, now: NowFragment | null, endUnixS: number): Interval[] {
  if (!now || now.sinceUnixS === null || now.sequence === null) return all
  if (last && now.sequence <= last.lastSequence) return all
  const since = now.sinceUnixS
  const before = all.flatMap((item) => (item.fromUnixS >= since ? [] : [{ ...item, toUnixS: Math.min(item.toUnixS, since) }]))
  const previous = before[before.length - 1]
  const isNews = previous?.state !== now.state
  const live = interval(now.state, Math.max(since, previous?.toUnixS ?? since), endUnixS, { isAnchored: !isNews || now.anchored !== 'NO' })
  return live.toUnixS > live.fromUnixS ? [...before, live] : before
}

/** Neighbours of one state are one: an outage goes on across a gap between two OFF records. */
function merged(all: Interval[]): Interval[] {
  const result: Interval[] = []
  for (const next of all) {
    const last = result[result.length - 1]
    if (last && last.state === next.state && last.isAnchored === next.isAnchored) {
      result[result.length - 1] = {
        ...last,
        toUnixS: Math.max(last.toUnixS, next.toUnixS),
        isEndUncertain: next.isEndUncertain || next.isStartUncertain,
      }
    } else result.push(next)
  }
  return result
}

function clipped(all: Interval[], { fromUnixS, toUnixS }: Window): Interval[] {
  const inside = all
    .filter((item) => item.toUnixS > fromUnixS && item.fromUnixS < toUnixS && item.toUnixS > item.fromUnixS)
    .map((item) => ({
      ...item,
      fromUnixS: Math.max(item.fromUnixS, fromUnixS),
      toUnixS: Math.min(item.toUnixS, toUnixS),
      isOpenStart: item.fromUnixS < fromUnixS,
      isOpenEnd: item.toUnixS >= toUnixS,
    }))
  const first = inside[0]?.fromUnixS ?? toUnixS
  // Before the first record nothing is known.
  return first > fromUnixS ? [interval('NO_DATA', fromUnixS, first, { isOpenStart: true }), ...inside] : inside
}
