import { describe, expect, it } from 'vitest'
import { outlinesOf, placesOf } from '../../app/map/basemap'
import { worldPixels } from '../../app/map/frame'
import { clusters } from '../../app/map/clusters'
import { inOrder, siteMark, type SiteMark } from '../../app/map/marks'
import { scrub } from '../../app/map/scrub'
import { spread } from '../../app/map/spread'
import { asked, contains, within } from '../../app/map/window'
import { lineWords, markWords, signWords } from '../../app/map/words'
import { IST_S, NOW } from '../support/fixtures'
import { language } from '../support/language'

const site = (i: number, state: 'ON' | 'OFF' | 'NO_DATA', latitudeDeg = 28, longitudeDeg = 77): SiteMark => ({
  siteId: `s-${i}`,
  kind: 'STREET',
  locality: `Place ${i}`,
  latitudeDeg,
  longitudeDeg,
  customers: 10,
  state,
  sinceUnixS: NOW - 600,
  lastHeardUnixS: NOW - 600,
  anchored: 'NO',
})
const everywhere = { south: 20, west: 70, north: 35, east: 90 }
const english = language('en')

describe('clusters', () => {
  it('count the states, never average: one OFF among many shows', () => {
    const sites = [site(0, 'OFF'), ...Array.from({ length: 30 }, (_, i) => site(i + 1, i === 0 ? 'NO_DATA' : 'ON'))]
    const [mark, ...others] = clusters(sites)(everywhere, 13)
    expect(others).toEqual([])
    expect(mark).toMatchObject({ kind: 'group', state: 'OFF', sites: { on: 29, off: 1, noData: 1, total: 31 }, customers: { off: 10, total: 310 } })
    expect(signWords(mark!, english)).toBe('1/31')
  })
  it('sites apart stand by themselves', () => {
    const marks = clusters([site(1, 'OFF', 28, 77), site(2, 'ON', 28.3, 77.3)])(everywhere, 14)
    expect(marks.map(({ key }) => key).sort()).toEqual(['site s-1', 'site s-2'])
  })
})

describe('marks', () => {
  it('the worst come first', () => {
    const marks = inOrder([site(1, 'ON'), site(2, 'NO_DATA'), site(3, 'OFF'), { ...site(4, 'OFF'), customers: 90 }].map(siteMark))
    expect(marks.map(({ name }) => name)).toEqual(['Place 4', 'Place 3', 'Place 2', 'Place 1'])
  })
  it('say what they are in words, not anchored included', () => {
    expect(markWords(siteMark(site(1, 'OFF')), { nowUnixS: NOW, offsetS: IST_S }, english)).toBe('OFF since 07:33 (10 min); not anchored yet')
    expect(markWords(siteMark(site(1, 'NO_DATA')), { nowUnixS: NOW, offsetS: IST_S }, english)).toContain('last heard 07:33')
  })
  it('a feeder carries how many are off', () => {
    const feeder = { ...siteMark(site(1, 'OFF')), kind: 'feeder' as const, sites: { on: 0, off: 3, noData: 0, total: 3 }, customers: { on: 0, off: 105, noData: 0, total: 105 } }
    expect(lineWords(feeder, english)).toEqual(['3/3 off, 105 customers'])
    expect(signWords(feeder, english)).toBe('3/3')
  })
})

describe('windows', () => {
  it('what is asked for holds the window, and never crosses the date line', () => {
    const window = { south: 28, west: 77, north: 28.2, east: 77.4 }
    expect(contains(asked(window), window)).toBe(true)
    const wide = asked({ south: -80, west: -179, north: 80, east: 179 })
    expect(wide.east - wide.west).toBeLessThan(180)
    expect(wide.west).toBeGreaterThanOrEqual(-180)
  })
  it('what is inside is inside', () => {
    const marks = [site(1, 'ON', 28.1, 77.1), site(2, 'ON', 29, 77.1)].map(siteMark)
    expect(within(marks, { south: 28, west: 77, north: 28.2, east: 77.4 }).map(({ name }) => name)).toEqual(['Place 1'])
  })
  it('world pixels are those of web maps', () => {
    expect(worldPixels(0, 0, 0)).toEqual([128, 128])
    expect(worldPixels(0, -180, 3)[0]).toBe(0)
    expect(worldPixels(85.0511, 0, 1)[1]).toBeCloseTo(0, 0)
  })
})

describe('the scrubber', () => {
  it('goes back 48 hours, one step a period, and the last step is now', () => {
    const steps = scrub(NOW, 900, NOW - 1_800)
    expect(steps.last).toBe(192)
    expect(steps.timeOf(192)).toBeNull()
    expect(steps.timeOf(191)! - steps.timeOf(190)!).toBe(900)
    expect(steps.timeOf(191)!).toBeLessThanOrEqual(NOW)
    expect(NOW - steps.timeOf(0)!).toBeLessThanOrEqual(48 * 3_600)
    expect(steps.stepOf(steps.timeOf(17))).toBe(17)
  })
  it('the part that is not anchored is at its end', () => {
    expect(scrub(NOW, 900, NOW).anchoredShare).toBe(1)
    expect(scrub(NOW, 900, null).anchoredShare).toBe(0)
    expect(scrub(NOW, 900, NOW - 24 * 3_600).anchoredShare).toBeCloseTo(0.5, 1)
  })
  it('a demonstration’s short periods do not make thousands of steps a minute', () => {
    expect(scrub(NOW, 5, NOW).stepS).toBe(60)
  })
})

describe('signs upon each other', () => {
  it('are moved apart, each near its place', () => {
    const places = new Float64Array([0, 0, 1, 0, 300, 300])
    const moved = spread(places, [20, 20, 20])
    expect(Math.hypot(moved[0]! - moved[2]!, moved[1]! - moved[3]!)).toBeGreaterThan(35)
    expect([moved[4], moved[5]]).toEqual([300, 300])
    expect(Math.hypot(moved[0]!, moved[1]!)).toBeLessThanOrEqual(80)
  })
  it('in the very same place too, and always in the same way', () => {
    const places = new Float64Array([5, 5, 5, 5])
    expect(spread(places, [10, 10])).toEqual(spread(places, [10, 10]))
    expect(spread(places, [10, 10])[0]).not.toBe(5)
  })
})

describe('the basemap', () => {
  it('takes polygons, and nothing where the file is something else', () => {
    const ring = [[77, 28], [77.1, 28], [77, 28.1]]
    const feature = (type: string, coordinates: unknown) => ({ geometry: { type, coordinates } })
    expect(outlinesOf(JSON.stringify({ features: [feature('Polygon', [ring]), feature('MultiPolygon', [[ring]]), feature('Point', [1, 2])] }))).toHaveLength(2)
    expect(['', '<html>', '{}', '{"features":[{}]}'].map(outlinesOf)).toEqual([[], [], [], []])
  })
  it('reads places, the largest first, and leaves out broken lines', () => {
    const csv = 'district,name,latitude_e6,longitude_e6,population\nP,Small,28000000,77000000,10\nP,Large,28000000,77000000,999\nbroken\n'
    expect(placesOf(csv).map(({ name }) => name)).toEqual(['Large', 'Small'])
    expect(placesOf('<!DOCTYPE html>')).toEqual([])
  })
})
