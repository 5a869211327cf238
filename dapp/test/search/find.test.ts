import { describe, expect, it } from 'vitest'
import { entries, find, type Name } from '../../app/search/find'
import { plain, sound } from '../../app/search/spelling'

const names: Name[] = [
  { kind: 'AREA', id: 'palwal-3', name: 'Palwal 3', areaId: 'palwal-3', feederId: null },
  { kind: 'FEEDER', id: 'badka-ds', name: 'BADKA DS', areaId: 'palwal-3', feederId: null },
  { kind: 'LOCALITY', id: 's-1', name: 'Badka', areaId: 'palwal-3', feederId: 'badka-ds' },
  { kind: 'LOCALITY', id: 's-2', name: 'Indira Nagar', areaId: 'palwal-3', feederId: 'badka-ds' },
  { kind: 'LOCALITY', id: 's-3', name: '<img src=x onerror=alert(1)>', areaId: 'palwal-3', feederId: 'badka-ds' },
]
const all = entries(names)
const ids = (text: string) => find(all, text, 10).map(({ name }) => name.id)

describe('the search', () => {
  it('finds places before feeders and areas, the exact name first', () => {
    expect(ids('badka')).toEqual(['s-1', 'badka-ds'])
    expect(ids('palwal')).toEqual(['palwal-3'])
    expect(ids('nagar')).toEqual(['s-2'])
  })
  it('finds other spellings, and Devanagari', () => {
    expect(ids('Barka')).toContain('s-1')
    expect(ids('बड़का')).toContain('s-1')
    expect(ids('इंदिरा नगर')).toContain('s-2')
    expect(ids('Indra nagar')).toContain('s-2')
  })
  it('finds nothing for nothing, for signs and for another name', () => {
    expect(ids('')).toEqual([])
    expect(ids(' ** ')).toEqual([])
    expect(ids('xyzzy')).toEqual([])
  })
  it('says what a place belongs to; a name with script in it is a name', () => {
    expect(all[2]!.context).toBe('BADKA DS, Palwal 3')
    expect(find(all, 'img src', 10)[0]!.name.name).toBe('<img src=x onerror=alert(1)>')
  })
  it('shows no more than asked for', () => {
    expect(find(all, 'a', 1)).toHaveLength(1)
  })
})

describe('spelling', () => {
  it('spellings of one sound meet', () => {
    expect(sound(plain('Wazirpur'))).toBe(sound(plain('Vajeerpur')))
    expect(sound(plain('पलवल'))).toBe(sound(plain('Palwal')))
    expect(sound(plain('गुरुग्राम'))).toBe(sound(plain('Gurugram')))
    expect(sound(plain('Sohna'))).not.toBe(sound(plain('Nuh')))
  })
})
