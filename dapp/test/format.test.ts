import { describe, expect, it } from 'vitest'
import { areaWords, clock, inOrder, lasted, percent, provenanceWords, sinceWords } from '../app/format'
import { NOW, area, meta, site } from './fixtures'

const counts = (on: number, off: number, noData: number) => ({ on, off, noData, total: on + off + noData })

describe('words of an area', () => {
  it('any OFF comes first, with customers', () => {
    expect(areaWords(area)).toBe('2 of 6 sites OFF: 105 customers without supply; no data from 1')
  })
  it('no data is not off', () => {
    expect(areaWords({ ...area, sitesByState: counts(4, 0, 2) })).toBe('no data from 2 of 6 sites')
  })
  it('all on, and nothing enrolled', () => {
    expect(areaWords({ ...area, sitesByState: counts(6, 0, 0) })).toBe('All 6 sites ON')
    expect(areaWords({ ...area, sitesByState: counts(0, 0, 0) })).toBe('No site is enrolled yet')
  })
})

describe('words of a site', () => {
  const now = site.now!
  it('says since when and how long', () => {
    expect(sinceWords(now, NOW)).toMatch(/^since .*\(1 h 6 min\)$/)
  })
  it('silence says when it was last heard, never since when it is off', () => {
    expect(sinceWords({ ...now, state: 'NO_DATA' }, NOW)).toMatch(/^last heard /)
    expect(sinceWords({ ...now, state: 'NO_DATA', sinceUnixS: null, lastHeardUnixS: null }, NOW)).toBe('never heard')
    expect(sinceWords(null, NOW)).toBe('removed')
  })
})

describe('numbers and times', () => {
  it('a share that is not all is not 100 %', () => {
    expect([0, 0.004, 0.5, 0.996, 1].map(percent)).toEqual(['0 %', '<1 %', '50 %', '>99 %', '100 %'])
  })
  it('another day is named', () => {
    expect(clock(NOW, NOW, 'Asia/Kolkata')).toBe('07:43')
    expect(clock(NOW - 86_400, NOW, 'Asia/Kolkata')).toBe('22 Nov, 07:43')
  })
  it('durations are in the units that people use', () => {
    expect([-5, 59, 61, 3_600, 3_660, 180_000].map(lasted)).toEqual(['0 s', '59 s', '1 min', '1 h', '1 h 1 min', '2 days'])
  })
})

describe('what the readings are', () => {
  it('a replay is no news, and says by how much it was moved and how exact it is', () => {
    const words = provenanceWords(meta.provenance)
    expect(words).toContain('Not now')
    expect(words).toContain('35 days later')
    expect(words).toContain('1 min')
  })
  it('what is made up says so', () => {
    expect(provenanceWords({ ...meta.provenance, kind: 'GENERATED' })).toMatch(/^Not real/)
    expect(provenanceWords({ ...meta.provenance, kind: 'LIVE', uncertaintyS: 0 })).toBe('Live readings: a utility.')
  })
})

describe('order of sites', () => {
  it('OFF, then NO DATA, then ON, the longest first; the given list stays', () => {
    const of = (deviceId: string, state: 'ON' | 'OFF' | 'NO_DATA', sinceUnixS: number) => ({
      ...site,
      deviceId,
      now: { ...site.now!, state, sinceUnixS },
    })
    const sites = [of('a', 'ON', 1), of('b', 'OFF', 9), of('c', 'NO_DATA', 5), of('d', 'OFF', 3), { ...site, deviceId: 'e', now: null }]
    expect(inOrder(sites).map((s) => s.deviceId)).toEqual(['d', 'b', 'c', 'a', 'e'])
    expect(sites[0]!.deviceId).toBe('a')
  })
})
