import { describe, expect, it } from 'vitest'
import type { Segment } from '../../app/timeline/intervals'
import { deadPhases } from '../../app/timeline/phases'
import { now } from '../support/fixtures'

const segment = (phases: string | null, lastSequence: number): Segment => ({
  powerStatus: phases === '111' ? 'ON' : 'OFF', firstUnixS: 1_000, lastUnixS: 2_000, firstSequence: 1, lastSequence, gapBefore: false,
  firstIsUpperBound: false, phases,
})
const off = { ...now, state: 'OFF' as const, sequence: 9 }

describe('dead phases', () => {
  it('are named while others are live', () => {
    expect(deadPhases([segment('101', 9), segment('111', 8)], off)).toEqual(['L2'])
    expect(deadPhases([segment('111', 8), segment('010', 9)], off)).toEqual(['L1', 'L3'])
  })
  it('are not named where all are dead, where there is one phase, and where it is on', () => {
    expect(deadPhases([segment('000', 9)], off)).toEqual([])
    expect(deadPhases([segment(null, 9)], off)).toEqual([])
    expect(deadPhases([segment('111', 9)], { ...off, state: 'ON' })).toEqual([])
    expect(deadPhases([], off)).toEqual([])
    expect(deadPhases([segment('101', 9)], null)).toEqual([])
  })
  it('are those of the newest reading alone', () => {
    expect(deadPhases([segment('101', 8)], off)).toEqual([])
  })
})
