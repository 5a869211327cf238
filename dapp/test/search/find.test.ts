import { describe, expect, it } from 'vitest'
import { entries, find, villageEntries, type Name } from '../../app/search/find'
import { plain, sound } from '../../app/search/spelling'
import { villageLink, villageOf } from '../../app/search/village'

const names: Name[] = [
  { kind: 'AREA', id: 'palwal-3', name: 'Palwal 3', areaId: 'palwal-3', feederId: null },
  { kind: 'FEEDER', id: 'badka-ds', name: 'BADKA DS', areaId: 'palwal-3', feederId: null },
  { kind: 'LOCALITY', id: 's-1', name: 'Badka', areaId: 'palwal-3', feederId: 'badka-ds' },
  { kind: 'LOCALITY', id: 's-2', name: 'Indira Nagar', areaId: 'palwal-3', feederId: 'badka-ds' },
  { kind: 'LOCALITY', id: 's-3', name: '<img src=x onerror=alert(1)>', areaId: 'palwal-3', feederId: 'badka-ds' },
]
const all = entries(names)
const ids = (text: string) => find(all, text, 10).map(({ link }) => link.split('=').at(-1))

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
    expect(find(all, 'img src', 10)[0]!.name).toBe('<img src=x onerror=alert(1)>')
  })
  it('finds places of the basemap after those that are watched, with their district', () => {
    const badka = { name: 'Badka', district: 'Palwal', latitudeDeg: 28.1, longitudeDeg: 77.3 }
    const both = [...all, ...villageEntries([badka, badka, { ...badka, name: 'Abhepur' }])]
    expect(find(both, 'badka', 10).map(({ kind }) => kind)).toEqual(['LOCALITY', 'VILLAGE', 'FEEDER'])
    expect(find(both, 'अभेपुर', 10)).toMatchObject([{ name: 'Abhepur', context: 'Palwal', link: '/?near=28.100000,77.300000&name=Abhepur' }])
  })
  it('shows no more than asked for', () => {
    expect(find(all, 'a', 1)).toHaveLength(1)
  })
})

describe('the address of a village', () => {
  const query = (link: string) => Object.fromEntries(new URL(link, 'http://a.example').searchParams)
  it('comes back as it went', () => {
    for (const village of [{ name: 'Abhepur', latitudeDeg: 28.293921, longitudeDeg: 77.125104 }, { name: 'A & b=<c>', latitudeDeg: -0.000001, longitudeDeg: -180 }]) {
      expect(villageOf(query(villageLink(village)))).toEqual(village)
    }
  })
  it('what names none is none', () => {
    for (const near of [undefined, ['28,77'], '28', '28,77,1', '91,77', '28,181', 'NaN,77', '28,77x']) expect(villageOf({ near, name: 'Abhepur' })).toBeNull()
    expect(villageOf({ near: '28,77' })).toBeNull()
    expect(villageOf({ near: '28,77', name: ' ' })).toBeNull()
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
