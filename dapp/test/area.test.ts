import { describe, expect, it } from 'vitest'
import { cellWords } from '../app/area/cells'
import type { CellLineFragment } from '../app/api/generated/types'
import { recordName } from '../app/composables/check/useCheckPage'
import { language } from './support/language'

const cell: CellLineFragment = { cell: 'c-1', expected: 30, reporting: 28, off: 12, mask: 'TOLD', batchNumber: null }

describe('houses in words', () => {
  it('follow the rule of five: what could tell of one household is not told', () => {
    const { t, format } = language('en')
    const words = (change: Partial<CellLineFragment>) => cellWords({ ...cell, ...change }, { t, format })
    expect(words({})).toBe('30 houses, 28 report: 12 OFF')
    expect(words({ mask: 'FEW_OFF', off: null })).toBe('30 houses, 28 report: a few are OFF')
    expect(words({ mask: 'FEW_ON', off: null })).toBe('30 houses, 28 report: all but a few are OFF')
    expect(words({ mask: 'WITHHELD', off: null, reporting: null })).toBe('30 houses; too few report to say anything')
  })
})

describe('a record’s name in an address', () => {
  it('is a device and a number, or nothing', () => {
    expect(recordName({ device: 'hr-0001', sequence: '42', batch: '7' })).toEqual({ deviceId: 'hr-0001', sequence: 42, batchNumber: 7 })
    expect(recordName({ device: 'hr-0001', sequence: '0' })).toMatchObject({ sequence: 0, batchNumber: null })
    for (const query of [{}, { device: 'hr-1' }, { device: '<script>', sequence: '1' }, { device: 'hr-1', sequence: '-1' }, { device: 'hr-1', sequence: '1e3' }, { device: ['a'], sequence: '1' }, { device: 'hr-1', sequence: '9999999999999999' }]) {
      expect(recordName(query as Record<string, unknown>)).toBeNull()
    }
  })
})
