import { describe, expect, it } from 'vitest'
import { ofSite } from '../../app/answer/place'
import { feederAnswer, nextBatchUnixS, siteAnswer } from '../../app/answer/words'
import { IST_S, NOW, feeder, now, site } from '../support/fixtures'
import { language } from '../support/language'

const at = { nowUnixS: NOW, offsetS: IST_S }
const english = language('en')
const hindi = language('hi')

describe('the answer for a site', () => {
  it('says state, since when, how far, and whether it is proven', () => {
    const answer = siteAnswer(site, at, english)!
    expect(answer.headline).toBe('OFF since 04:33 (3 h 10 min)')
    expect(answer.scope).toBe('whole feeder, 105 customers')
    expect(answer.proof).toBe('Not proven yet; due with the batch that ends at 07:56')
    expect(answer.heard).toBe('04:33, 3 h 10 min ago')
    expect(answer.unknown.join(' ')).toContain('since 04:33')
  })
  it('says the same in Hindi', () => {
    const answer = siteAnswer(site, at, hindi)!
    expect(answer.headline).toBe('04:33 से बिजली बंद (3 घंटे 10 मिनट)')
    expect(answer.scope).toBe('पूरा फ़ीडर, 105 उपभोक्ता')
  })
  it('a part of a feeder is not the whole', () => {
    const part = { ...feeder, isWholeFeederOff: false, sitesByState: { on: 1, off: 2, noData: 0, total: 3 } }
    expect(siteAnswer({ ...site, feeder: part }, at, english)!.scope).toBe('2 of 3 places on the feeder, 105 customers')
  })
  it('silence is never OFF, and says that it is not known', () => {
    const answer = siteAnswer({ ...site, now: { ...now, state: 'NO_DATA' } }, at, english)!
    expect(answer.headline).toMatch(/^NO DATA since/)
    expect(answer.unknown[0]).toContain('Whether the power is on or off')
    expect(siteAnswer({ ...site, now: { ...now, state: 'NO_DATA', sinceUnixS: null, lastHeardUnixS: null, sequence: null } }, at, english)).toMatchObject({
      headline: 'NO DATA: never heard yet',
      heard: 'Never',
      proof: 'Nothing to prove yet',
    })
  })
  it('an anchored reading names its batch', () => {
    expect(siteAnswer({ ...site, now: { ...now, anchored: 'FINAL', batchNumber: 7 } }, at, english)!.proof).toBe('Proven, says the service: on the chain in batch 7, final')
  })
  it('a device clock in the future never gives a negative duration', () => {
    const answer = siteAnswer({ ...site, now: { ...now, sinceUnixS: NOW + 900, lastHeardUnixS: NOW + 900 } }, at, english)!
    expect(answer.headline).toBe('OFF; its device\'s clock is ahead (07:58)')
    expect(JSON.stringify(answer)).not.toMatch(/-\d|−\d/)
  })
  it('a removed device has none', () => {
    expect(siteAnswer({ ...site, now: null }, at, english)).toBeNull()
  })
  it('names the record that can be checked', () => {
    expect(ofSite(site, NOW, english).check).toBe('/check?device=hr-0001&sequence=42')
    expect(ofSite({ ...site, deviceId: 'a&b=<script>' }, NOW, english).check).toBe('/check?device=a%26b%3D%3Cscript%3E&sequence=42')
  })
})

describe('the answer for a feeder', () => {
  const places = (states: ('ON' | 'OFF' | 'NO_DATA')[]) => states.map((state, i) => ({ ...site, deviceId: `d-${i}`, now: { ...now, state, sinceUnixS: NOW - 600 * (i + 1) } }))
  it('a whole outage is said since its first place', () => {
    expect(feederAnswer({ ...feeder, sites: places(['OFF', 'OFF', 'OFF']) }, at, english).headline).toBe('OFF since 07:13 (30 min)')
  })
  it('any OFF shows, and what is not known too', () => {
    const mixed = { ...feeder, isWholeFeederOff: false, sitesByState: { on: 1, off: 1, noData: 1, total: 3 }, sites: places(['ON', 'OFF', 'NO_DATA']) }
    const answer = feederAnswer(mixed, at, english)
    expect(answer.state).toBe('OFF')
    expect(answer.headline).toBe('Partly OFF since 07:23 (20 min)')
    expect(answer.unknown[0]).toBe('Nothing is known of 1 of 3 places.')
  })
  it('a feeder that is half silent is not ON', () => {
    const silent = { ...feeder, sitesByState: { on: 2, off: 0, noData: 1, total: 3 }, sites: places(['ON', 'ON', 'NO_DATA']) }
    expect(feederAnswer(silent, at, english)).toMatchObject({ state: 'NO_DATA', headline: 'NO DATA from 1 of 3 places' })
  })
})

describe('the next batch', () => {
  it('is one period after the last, unless batches are late', () => {
    expect(nextBatchUnixS({ periodStartUnixS: NOW - 1_000, periodEndUnixS: NOW - 100 }, NOW)).toBe(NOW + 800)
    expect(nextBatchUnixS({ periodStartUnixS: NOW - 5_000, periodEndUnixS: NOW - 4_100 }, NOW)).toBeNull()
    expect(nextBatchUnixS(undefined, NOW)).toBeNull()
  })
})
