import { describe, expect, it } from 'vitest'
import { localDate, localDayStart, offsetWords, zoneWords } from '../../app/time/format'
import { secondsSince } from '../../app/time/clock'
import { IST_S, NOW } from '../support/fixtures'
import { language } from '../support/language'

const { format } = language('en')
const hindi = language('hi').format

describe('times', () => {
  it('are those of the area, whatever the zone of the reader', () => {
    expect(format.clock(NOW, IST_S)).toBe('07:43')
    expect(format.clock(NOW, 0)).toBe('02:13')
    expect(format.clock(NOW, -12_600)).toBe('22:43')
  })
  it('need a day only away from now', () => {
    expect(format.moment(NOW, NOW, IST_S)).toBe('07:43')
    // Yesterday evening, but ten hours ago.
    expect(format.moment(NOW - 36_000, NOW, IST_S)).toBe('21:43')
    expect(format.moment(NOW - 86_400, NOW, IST_S)).toBe('22 Nov, 07:43')
    expect(hindi.moment(NOW - 86_400, NOW, IST_S)).toMatch(/^22 नव.*, 07:43$/)
  })
  it('midnight is 00:00, and days begin at the area’s own', () => {
    const midnight = localDayStart(NOW, IST_S)
    expect(format.clock(midnight, IST_S)).toBe('00:00')
    expect(localDate(midnight, IST_S)).toBe('2026-11-23')
    expect(localDate(midnight - 1, IST_S)).toBe('2026-11-22')
  })
  it('a change to daylight time elsewhere moves nothing', () => {
    // Last Sunday of October 2026, when Europe's clocks go back at 01:00 UTC.
    const change = Date.UTC(2026, 9, 25, 1) / 1000
    expect(format.clock(change - 1_800, IST_S)).toBe('06:00')
    expect(format.clock(change + 1_800, IST_S)).toBe('07:00')
  })
  it('the zone is named', () => {
    expect(zoneWords(IST_S)).toBe('IST (UTC+5:30)')
    expect(zoneWords(0)).toBe('UTC')
    expect(offsetWords(-12_600)).toBe('UTC−3:30')
    expect(zoneWords(20_700)).toBe('UTC+5:45')
  })
})

describe('durations', () => {
  it('are in the units that people use', () => {
    expect([-5, 59, 61, 3_600, 11_400, 180_000, 259_200].map(format.lasted)).toEqual(['0 s', '59 s', '1 min', '1 h', '3 h 10 min', '2 days 2 h', '3 days'])
    expect(hindi.lasted(11_400)).toBe('3 घंटे 10 मिनट')
  })
  it('a time in the future is no time ago', () => {
    expect(secondsSince(NOW + 500, NOW)).toBe(0)
    expect(format.ago(secondsSince(NOW + 500, NOW))).toBe('just now')
  })
})

describe('numbers', () => {
  it('are grouped as in India', () => {
    expect(format.count(1_234_567)).toBe('12,34,567')
    expect(hindi.count(1_234_567)).toBe('12,34,567')
  })
  it('a share that is not all is not 100 %', () => {
    expect([0, 0.004, 0.5, 0.996, 1].map(format.percent)).toEqual(['0 %', '<1 %', '50 %', '>99 %', '100 %'])
  })
  it('distances', () => {
    expect([84, 1_240, 15_100].map(format.distance)).toEqual(['80 m', '1.2 km', '15.1 km'])
  })
})
