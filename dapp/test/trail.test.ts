// The trail as a file: whose it is, what was signed, and what is missing.
import { describe, expect, it } from 'vitest'
import { id as keccakOfText } from 'ethers/hash'
import { MAX_ACTIONS, trailCsv, trailJson, type Trail, type TrailItem } from '../app/export/trail'
import { IST_S, NOW } from './support/fixtures'

const [ONE, TWO, FILER] = ['0x00000000000000000000000000000000000000A1', '0x00000000000000000000000000000000000000a2', '0x00000000000000000000000000000000000000f1']
const origin = { provenance: { kind: 'REPLAY' as const, source: 's', shiftS: 0, uncertaintyS: 0 }, words: 'Not news.', service: 'http://a.example/', atUnixS: NOW, offsetS: IST_S }
type Event = TrailItem['actions'][number]
const event = (kind: Event['kind'], signer: string, note = '', change: Partial<Event> = {}): Event => ({
  id: `${kind}-${signer}`, kind, signer, signerLevel: signer === FILER ? null : 1, index: null, hash: null, noteDigest: kind === 'FILED' ? null : keccakOfText(note), note: note || null,
  noteErasure: null, duplicateOf: null, contradiction: null, atUnixS: NOW, blockNumber: 7, transactionHash: `0x${'0f'.repeat(32)}`, finalized: true, ...change,
})
const item = (id: string, siteId: string, actions: Event[]): TrailItem => ({
  id, areaId: 'a', siteId, feederId: null, class: 'fuse', filedAtUnixS: NOW, lastAction: 'FILED', index: 0, head: id, reopenings: 0, openedAtUnixS: NOW, clockS: 60, dueAtUnixS: NOW + 60, level: 1,
  affectedToo: 0, stillOff: 0, isSensorBacked: false, contradiction: null, finalized: true, filer: FILER, actions,
})
const items = [
  item('0x01', 'north', [event('FILED', FILER), event('ACKNOWLEDGE', ONE), event('RESOLVE_FIXED', TWO, '=mended, "at last"'), event('REOPEN', FILER), event('ACKNOWLEDGE', ONE)]),
  item('0x02', 'south', [event('FILED', FILER), event('REJECT', TWO, 'words', { note: 'other words' })]),
]
const trail = (change: Partial<Trail> = {}): Trail => ({ items, stationOf: ({ siteId }) => (siteId === 'north' ? 'st-1' : 'st-2'), isCut: false, ...change })
interface File { is_cut: boolean; official: string | null; station_id: string | null; events: Record<string, unknown>[] }
const json = (change: Partial<Trail> = {}) => JSON.parse(trailJson(trail(change), origin)) as File
const told = ({ events }: File) => events.map((row) => `${row.complaint_id} ${row.event}`)

describe('a trail', () => {
  it('of an area has every act with its transaction and its substation, and says where it is from', () => {
    const file = json()
    expect(file).toMatchObject({ is_cut: false, official: null, station_id: null, is_news: false })
    expect(file.events.length).toBe(7)
    expect(file.events[0]).toMatchObject({ complaint_id: '0x01', station_id: 'st-1', transaction: `0x${'0f'.repeat(32)}`, block: 7, event: 'filed' })
  })
  it('of an official has the openings that it closed, or took on, and nothing else', () => {
    expect(told(json({ official: TWO }))).toEqual(['0x01 filed', '0x01 acknowledge', '0x01 resolve_fixed', '0x02 filed', '0x02 reject'])
    expect(told(json({ official: ONE.toLowerCase() }))).toEqual(['0x01 reopen', '0x01 acknowledge'])
    expect(told(json({ official: FILER }))).toEqual([])
  })
  it('of a substation has its complaints alone', () => {
    const file = json({ stationId: 'st-2' })
    expect(told(file)).toEqual(['0x02 filed', '0x02 reject'])
    expect(file.station_id).toBe('st-2')
  })
  it('has no words but those that were signed, and says so', () => {
    const [fixed, rejected] = [json().events[2]!, json().events[6]!]
    expect([fixed.note, fixed.note_is_signed]).toEqual(['=mended, "at last"', true])
    expect([rejected.note, rejected.note_is_signed, rejected.note_hash]).toEqual([null, false, keccakOfText('words')])
    expect(json().events[0]!.note_is_signed).toBeNull()
  })
  it('as a table has the same, and nothing in it that a spreadsheet would run', () => {
    const lines = trailCsv(trail({ official: TWO }), origin).trim().split('\r\n')
    const notes = lines.filter((line) => line.startsWith('# '))
    expect(notes).toContain(`# official: ${TWO}`)
    expect(notes).toContain('# station_id: all')
    expect(notes).toContain('# is_cut: false')
    const [columns, ...rows] = lines.slice(notes.length)
    expect(columns!.split(',').slice(0, 5)).toEqual(['complaint_id', 'area_id', 'station_id', 'feeder_id', 'site_id'])
    expect(rows.length).toBe(5)
    expect(rows[2]).toContain('"\'=mended, ""at last"""')
    expect(rows.every((row) => /,0x(0f){32},7,true$/.test(row))).toBe(true)
    expect(rows.join('\n')).not.toContain('other words')
  })
  it('that was cut says so: at a bound of complaints, or of the acts of one', () => {
    expect(json({ isCut: true }).is_cut).toBe(true)
    expect(json({ items: [item('0x03', 'north', Array.from({ length: MAX_ACTIONS }, () => event('NOTE', FILER, 'x')))] }).is_cut).toBe(true)
    expect(trailCsv(trail({ isCut: true }), origin)).toContain('# is_cut: true')
  })
})
