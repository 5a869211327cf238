import { describe, expect, it } from 'vitest'
import { intervals, type Segment } from '../../app/timeline/intervals'
import { ticks } from '../../app/timeline/ticks'
import { IST_S, now } from '../support/fixtures'

const HEARTBEAT_S = 900
const window = { fromUnixS: 0, toUnixS: 100_000 }
const segment = (powerStatus: 'ON' | 'OFF', firstUnixS: number, lastUnixS: number, firstSequence: number, gapBefore = false): Segment => ({
  powerStatus,
  firstUnixS,
  lastUnixS,
  firstSequence,
  lastSequence: firstSequence + 5,
  gapBefore,
  firstIsUpperBound: false,
  phases: null,
})
const brief = (history: Segment[], live = null as typeof now | null, shown = window) =>
  intervals(history, live, HEARTBEAT_S, shown).map(({ state, fromUnixS, toUnixS }) => [state, fromUnixS, toUnixS])

describe('intervals', () => {
  it('have no holes, whatever the order of the history', () => {
    const history = [segment('ON', 60_000, 99_000, 30), segment('OFF', 50_000, 50_000, 20), segment('ON', 1_000, 49_900, 10)]
    const expected = [['NO_DATA', 0, 1_000], ['ON', 1_000, 50_000], ['OFF', 50_000, 60_000], ['ON', 60_000, 100_000]]
    expect(brief(history)).toEqual(expected)
    expect(brief([...history].reverse())).toEqual(expected)
  })
  it('an ON that falls silent becomes NO DATA after two heartbeats and grace, an OFF stays', () => {
    expect(brief([segment('ON', 0, 10_000, 1)])).toEqual([['ON', 0, 11_920], ['NO_DATA', 11_920, 100_000]])
    expect(brief([segment('OFF', 0, 10_000, 1)])).toEqual([['OFF', 0, 100_000]])
  })
  it('nothing heard is NO DATA, with an open beginning', () => {
    expect(intervals([], null, HEARTBEAT_S, window)).toMatchObject([{ state: 'NO_DATA', fromUnixS: 0, toUnixS: 100_000, isOpenStart: true }])
  })
  it('an outage goes on across a gap between two OFF records, and is uncertain', () => {
    const history = [segment('OFF', 10_000, 10_000, 1), segment('OFF', 20_000, 20_000, 9, true), segment('ON', 30_000, 99_000, 20)]
    expect(intervals(history, null, HEARTBEAT_S, window)[1]).toMatchObject({ state: 'OFF', fromUnixS: 10_000, toUnixS: 30_000, isEndUncertain: true })
    expect(intervals([history[0]!, { ...history[2]!, gapBefore: true }], null, HEARTBEAT_S, window)[1]).toMatchObject({ isEndUncertain: true })
  })
  it('an end whose time is an upper bound is uncertain', () => {
    const history = [segment('ON', 0, 9_000, 1), { ...segment('OFF', 10_000, 10_000, 10), firstIsUpperBound: true }, segment('ON', 30_000, 99_000, 20)]
    expect(intervals(history, null, HEARTBEAT_S, window)[1]).toMatchObject({ state: 'OFF', isStartUncertain: true, isEndUncertain: false })
    history[1] = { ...history[1]!, firstIsUpperBound: false }
    history[2] = { ...history[2]!, firstIsUpperBound: true }
    expect(intervals(history, null, HEARTBEAT_S, window)[1]).toMatchObject({ state: 'OFF', isStartUncertain: false, isEndUncertain: true })
  })
  it('a live reading is newer than the history, and marked as not anchored', () => {
    const live = { ...now, state: 'OFF' as const, sequence: 50, sinceUnixS: 95_000, anchored: 'NO' as const }
    const shown = intervals([segment('ON', 0, 94_000, 1)], live, HEARTBEAT_S, window)
    expect(shown).toMatchObject([{ state: 'ON', toUnixS: 95_000 }, { state: 'OFF', fromUnixS: 95_000, toUnixS: 100_000, isAnchored: false, isOpenEnd: true }])
  })
  it('a live reading that says nothing new changes nothing', () => {
    const live = { ...now, state: 'ON' as const, sequence: 50, sinceUnixS: 0, anchored: 'NO' as const }
    expect(brief([segment('ON', 0, 99_000, 1)], live)).toEqual([['ON', 0, 100_000]])
  })
  it('clocks that jump give no negative interval', () => {
    const history = [segment('ON', 50_000, 60_000, 1), segment('OFF', 40_000, 40_000, 10), segment('ON', 200_000, 200_100, 20)]
    for (const [, from, to] of brief(history) as [string, number, number][]) expect(to).toBeGreaterThan(from)
  })
})

describe('ticks', () => {
  it('stand at the area’s own midnights', () => {
    const day = ticks({ fromUnixS: 1_795_400_000, toUnixS: 1_795_400_000 + 2 * 86_400 }, IST_S, 24)
    expect(day).toHaveLength(2)
    expect(day.every(({ unixS, isMidnight }) => isMidnight && (unixS + IST_S) % 86_400 === 0)).toBe(true)
  })
})
