import { describe, expect, it } from 'vitest'
import { byUrgency, due, type Clocked } from '../../app/complaint/due'
import { parseInstallation } from '../../app/complaint/installation'
import { reportLink, trackingLink } from '../../app/complaint/links'

const filed: Clocked = { lastAction: 'FILED', openedAtUnixS: 1_000, clockS: 100, dueAtUnixS: 1_100, level: 1 }

describe('the clock', () => {
  it.each([
    [1_000, 100, false, 1_100],
    [1_100, 0, false, 1_100],
    [1_101, -1, true, 1_200],
    [1_200, -100, true, 1_200],
    [1_201, -101, true, 1_300],
  ])('at %i: %i left, overdue %s, next turn at %i', (now, leftS, isOverdue, nextAtUnixS) => {
    expect(due(filed, now)).toEqual({ isOpen: true, leftS, isOverdue, nextAtUnixS })
  })
  it('what is closed is not open', () => {
    expect(due({ ...filed, lastAction: 'RESOLVE_NOT_FIXED' }, 2_000).isOpen).toBe(false)
  })
  it('the queue has the most urgent first and the closed last', () => {
    const all: Clocked[] = [{ ...filed, lastAction: 'REJECT' }, { ...filed, dueAtUnixS: 1_200 }, filed, { ...filed, lastAction: 'RESOLVE_FIXED', openedAtUnixS: 1_500 }]
    expect([...all].sort(byUrgency)).toEqual([all[2], all[1], all[3], all[0]])
  })
})

describe('links', () => {
  it('a key stands behind the #', () => {
    const link = trackingLink('https://x.example/y/', '0xab', `0x${'12'.repeat(32)}`)
    expect(new URL(link).hash).toBe(`#/complaint/0xab?key=${'12'.repeat(32)}`)
    expect(new URL(link).search).toBe('')
  })
  it('encode what comes from data', () => {
    expect(reportLink('site', 'a&b')).toBe('/report?site=a%26b')
  })
})

describe('config.json', () => {
  const file = { chain_id: 31337, rosters: `0x${'05'.repeat(20)}`, complaints: `0x${'AB'.repeat(20)}`, notices: `0x${'04'.repeat(20)}`, officials: `0x${'01'.repeat(20)}`, clocks: `0x${'02'.repeat(20)}`, passkeys: `0x${'03'.repeat(20)}`, operator: null }
  it('names chain and contracts', () => {
    expect(parseInstallation(file)).toMatchObject({ chainId: 31337, complaints: `0x${'ab'.repeat(20)}` })
  })
  it.each([{}, null, 'x', { ...file, complaints: 'x' }, { ...file, chain_id: 0 }])('%j is none', (value) => {
    expect(parseInstallation(value)).toBeNull()
  })
})
