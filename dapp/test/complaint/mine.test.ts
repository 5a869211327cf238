// What this browser keeps, in one that keeps nothing: until the page is closed.
import { describe, expect, it } from 'vitest'
import { allMine, chosenIn, forgetChosen, isKept, keepChosen, keepMine, MAX_SUPPORTED, mineOf, type Waiting } from '../../app/complaint/mine'
import { isOver } from '../../app/complaint/outbox'

const mine = (n: number, isFiler: boolean) => ({ complaintId: `${isFiler ? 'f' : 's'}${n}`, key: '0x01', isFiler, place: '', atMs: n })

describe('keys', () => {
  it('of a filer outlive any number of supporters\' keys, and are said not to be kept where they are not', async () => {
    expect(await keepMine(mine(0, true))).toBe(false)
    expect(await isKept('f0')).toBe(false)
    for (let n = 1; n <= MAX_SUPPORTED + 20; n++) await keepMine(mine(n, false))
    for (let n = 1; n <= 20; n++) await keepMine(mine(n, true))
    const all = await allMine()
    expect(all.filter(({ isFiler }) => isFiler).length).toBe(21)
    expect(all.filter(({ isFiler }) => !isFiler).length).toBe(MAX_SUPPORTED)
    expect((await mineOf('f0'))?.key).toBe('0x01')
    // The oldest supporter's is the one that went.
    expect([await mineOf('s1'), (await mineOf(`s${MAX_SUPPORTED + 20}`))?.key]).toEqual([null, '0x01'])
  })
})

describe('a form', () => {
  it('has its choice and photo until they are filed', async () => {
    const chosen = { kind: 'fuse', photo: { bytes: new Uint8Array([1, 2]), digest: 'ab' } }
    await keepChosen('report a', chosen)
    expect(await chosenIn('report a')).toEqual(chosen)
    expect(await chosenIn('report b')).toBeNull()
    await forgetChosen('report a')
    expect(await chosenIn('report a')).toBeNull()
  })
})

describe('what is done', () => {
  const LATER = 8 * 86_400_000
  const waiting = (change: Partial<Waiting>, said: object = { filing: {}, block: '{}', evidence: null, photo: 'ab' }): Waiting =>
    ({ state: 'mined', atMs: 0, isTextSent: true, isEvidenceSent: true, isPhotoSent: true, said, ...change }) as Waiting
  it('is forgotten once it is old and the service has all of it', () => {
    expect(isOver(waiting({}), LATER)).toBe(true)
    expect(isOver(waiting({}), 1_000)).toBe(false)
    expect(isOver(waiting({ state: 'refused', isTextSent: false }), LATER)).toBe(true)
    expect(isOver(waiting({}, { remark: {} }), LATER)).toBe(true)
  })
  it.each([['words', { isTextSent: false }], ['a photo', { isPhotoSent: false }], ['an outcome', { state: 'sent' as const }]])('is not forgotten without %s', (_, change) => {
    expect(isOver(waiting(change), LATER)).toBe(false)
  })
})
