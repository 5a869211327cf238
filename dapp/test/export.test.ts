import { describe, expect, it } from 'vitest'
import { cell, localTime, outagesCsv, outagesJson, type Line } from '../app/export/outages'
import { provenanceWords } from '../app/provenance/words'
import { wrapped } from '../app/share/picture'
import { IST_S, NOW } from './support/fixtures'
import { language } from './support/language'

const provenance = { kind: 'REPLAY' as const, source: 'a utility\nof the past', shiftS: 104 * 86_400, uncertaintyS: 2_400 }
const origin = { provenance, words: 'Replay, not news.', service: 'http://a.example/', atUnixS: NOW, offsetS: IST_S }
const line: Line = {
  id: 'hr-1/42',
  deviceId: 'hr-1',
  areaId: 'palwal-3',
  feederId: 'f',
  kind: 'STREET',
  startUnixS: NOW - 3_600,
  startSequence: 42,
  endUnixS: null,
  endSequence: null,
  startUncertain: true,
  endUncertain: false,
  durationS: null,
  site: { siteId: 's-1', locality: '=HYPERLINK("x"), <script>' },
}

describe('an export', () => {
  it('says first that it is no news, and where it is from', () => {
    const [first, second, ...rest] = outagesCsv([line], origin).split('\r\n')
    expect(first).toBe('# provenance: replay')
    expect(second).toBe('# is_news: false')
    expect(rest.join('\n')).toContain('# source: a utility of the past')
    expect(rest.join('\n')).toContain('# uncertainty_s: 2400')
  })
  it('has a row an outage, with times in both spellings, open ends empty', () => {
    const rows = outagesCsv([line], origin).trim().split('\r\n')
    expect(rows[rows.length - 2]).toMatch(/^outage_id,device_id/)
    expect(rows[rows.length - 1]).toContain(`${NOW - 3_600},2026-11-23T06:43:20+05:30,,,,true,false,replay`)
  })
  it('a text that a spreadsheet would run is plain, and commas stay in their cell', () => {
    expect(cell('=1+1')).toBe("'=1+1")
    expect(cell('a,"b"')).toBe('"a,""b"""')
    expect(outagesCsv([line], origin)).toContain('"\'=HYPERLINK(""x""), <script>"')
  })
  it('JSON carries the same', () => {
    const parsed = JSON.parse(outagesJson([line], origin)) as { provenance: string; is_news: boolean; outages: { outage_id: string }[] }
    expect(parsed).toMatchObject({ provenance: 'replay', is_news: false, outages: [{ outage_id: 'hr-1/42' }] })
  })
  it('local times carry their offset, west of Greenwich too', () => {
    expect(localTime(NOW, -12_600)).toBe('2026-11-22T22:43:20-03:30')
  })
})

describe('what the readings are', () => {
  it.each(['en', 'hi'] as const)('a replay is no news, and says by how much it was moved (%s)', (code) => {
    const words = provenanceWords(provenance, language(code))
    expect(words.title).toMatch(/not news|ख़बर नहीं/)
    expect(words.short).toContain('104')
    expect(words.more.join(' ')).toMatch(/40 (min|मिनट)/)
  })
  it('what is made up says so; live readings need no excuse', () => {
    expect(provenanceWords({ ...provenance, kind: 'GENERATED' }, language('en')).title).toBe('Made up, not news.')
    expect(provenanceWords({ ...provenance, kind: 'LIVE', uncertaintyS: 0 }, language('en')).more).toHaveLength(1)
  })
})

describe('lines of a picture', () => {
  const measure = (text: string) => text.length
  it('fit the width; a word that does not is cut', () => {
    expect(wrapped('OFF since 14:02, whole feeder', 12, measure)).toEqual(['OFF since', '14:02, whole', 'feeder'])
    expect(wrapped('https://a.example/very-long', 10, measure).every((part) => part.length <= 10)).toBe(true)
  })
})
