// Planned outages as they stand, and as they are written into a form.
import { describe, expect, it } from 'vitest'
import type { NoticeLineFragment } from '../app/api/generated/types'
import { fromField, toField, useNoticeForm } from '../app/composables/notice/useNoticeForm'
import { noticeAt, noticeItems, stateOf } from '../app/notice/lines'
import { nowUnixS } from '../app/time/clock'
import { ZERO_HASH } from '../app/complaint/typed-data'

const NOW = 1_800_000_000
const notice = (change: Partial<NoticeLineFragment> = {}): NoticeLineFragment => ({
  id: '0x01', areaId: 'a', feederId: 'f-1', signer: '0x', signerLevel: 1, startUnixS: NOW - 100, endUnixS: NOW + 100, restorationUnixS: NOW + 200,
  reason: 'work', withdrawn: false, changes: null, changedBy: null, isLate: false, atUnixS: NOW - 1_000, transactionHash: '0x', ...change,
})

describe('planned outages', () => {
  it('go on until power is expected back', () => {
    const at = (nowUnixS: number) => stateOf(notice(), nowUnixS)
    expect([at(NOW - 101), at(NOW - 100), at(NOW + 199), at(NOW + 200)]).toEqual(['toCome', 'now', 'now', 'over'])
    expect(stateOf(notice({ withdrawn: true }), NOW)).toBe('withdrawn')
  })
  it('stand by the newest of a line, with what it said before; late once is late for ever', () => {
    const all = [notice({ id: '0x02', changes: '0x01', endUnixS: NOW + 50 }), notice({ isLate: true, changedBy: '0x02' })]
    const [item, ...rest] = noticeItems(all, 'f-1', NOW)
    expect(rest).toEqual([])
    expect([item!.notice.id, item!.before?.id, item!.isLate]).toEqual(['0x02', '0x01', true])
  })
  it('are those of the feeder and of the whole area, what goes on first', () => {
    const all = [notice({ id: '0x03', startUnixS: NOW + 10, endUnixS: NOW + 90 }), notice({ id: '0x04', feederId: null }), notice({ id: '0x05', feederId: 'f-2' })]
    expect(noticeItems(all, 'f-1', NOW).map((item) => item.notice.id)).toEqual(['0x04', '0x03'])
    expect(noticeItems(all, null, NOW).length).toBe(3)
    expect(noticeItems(all, null, NOW + 10 * 86_400)).toEqual([])
    // A line that names itself ends all the same.
    expect(noticeItems([notice({ changes: '0x01' })], null, NOW).length).toBe(1)
  })
  it('cover a time or do not', () => {
    expect(noticeAt([notice()], 'f-1', NOW)?.id).toBe('0x01')
    for (const [all, feeder, at] of [[[notice()], 'f-2', NOW], [[notice()], 'f-1', NOW - 101], [[notice({ withdrawn: true })], 'f-1', NOW], [[notice({ changedBy: '0x02' })], 'f-1', NOW]] as const) {
      expect(noticeAt(all, feeder, at)).toBeUndefined()
    }
  })
})

describe('the form', () => {
  const IST = 19_800
  const form = () => useNoticeForm(() => 'palwal-3', () => IST)
  it('takes times in the area\'s local time', () => {
    expect(toField(Date.UTC(2026, 10, 26, 8, 30) / 1000, IST)).toBe('2026-11-26T14:00')
    expect(fromField('2026-11-26T14:00', IST)).toBe(Date.UTC(2026, 10, 26, 8, 30) / 1000)
    for (const text of ['', '2026-11-26', 'tomorrow', '2026-13-26T14:00']) expect(fromField(text, IST)).toBeNull()
  })
  it('gives a notice only where it can be announced', () => {
    const one = form()
    expect(one.notice('0xab')).toBeNull()
    expect(one.problem.value).toBe('reason')
    one.fields.reason = ' tree cutting\r\nat the pole '
    const good = one.notice('0xab')!
    expect(good).toMatchObject({ area: 'palwal-3', feeder: '', reason: 'tree cutting\nat the pole', withdrawn: false, changes: ZERO_HASH, signer: '0xab' })
    expect(good.start).toBeGreaterThan(nowUnixS.value)
    for (const change of [{ end: one.fields.start }, { end: toField(good.start + 7 * 86_400 + 60, IST) }, { restoration: toField(good.start - 60, IST) }, { start: '' }]) {
      const other = form()
      Object.assign(other.fields, { reason: 'x' }, change)
      expect(other.notice('0xab')).toBeNull()
      expect(other.problem.value).toBe('times')
    }
  })
  it('changes and withdraws what stands, and says where it is late', () => {
    const one = form()
    one.change(notice({ startUnixS: nowUnixS.value - 600, endUnixS: nowUnixS.value + 6_000, restorationUnixS: nowUnixS.value + 6_000 }))
    expect(one.isLate.value).toBe(true)
    expect(one.notice('0xab')).toMatchObject({ feeder: 'f-1', changes: '0x01', reason: 'work' })
    expect(one.withdrawal(notice(), '0xab')).toMatchObject({ withdrawn: true, changes: '0x01', start: NOW - 100, feeder: 'f-1' })
  })
})
