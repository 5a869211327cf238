import { describe, expect, it } from 'vitest'
import { contractAddress, gatewayFolder, hostOf, tileTemplate, webFolder } from '../../app/settings/addresses'
import { installedStreets } from '../../app/settings/installation'
import { parseSettings } from '../../app/settings/settings'
import { preferredLanguage } from '../../app/composables/settings/useLanguage'

describe('addresses', () => {
  it('a folder ends in a slash, and is of the web', () => {
    expect(webFolder('http://127.0.0.1:4000')).toBe('http://127.0.0.1:4000/')
    expect(webFolder(' https://power.example/map?x=1#y ')).toBe('https://power.example/map/')
    expect(['javascript:alert(1)', 'file:///etc/passwd', 'power', ''].map(webFolder)).toEqual([null, null, null, null])
  })
  it('a gateway is taken with and without /ipfs/', () => {
    expect(gatewayFolder('https://gateway.example')).toBe('https://gateway.example/ipfs/')
    expect(gatewayFolder('https://gateway.example/ipfs')).toBe('https://gateway.example/ipfs/')
  })
  it('a tile template has all three parts, and names its host', () => {
    expect(tileTemplate('https://tiles.example/{z}/{x}/{y}.png')).toBe('https://tiles.example/{z}/{x}/{y}.png')
    expect(tileTemplate('https://tiles.example/{z}/{x}.png')).toBeNull()
    expect(tileTemplate('javascript:{z}{x}{y}')).toBeNull()
    expect(hostOf('https://{z}.tiles.example/{x}/{y}.png')).toBe('z.tiles.example')
  })
  it('a contract is 20 bytes', () => {
    expect(contractAddress('0x0C75F253DA51428db8F03289aE88579Bc2ABFbEf')).toBe('0x0c75f253da51428db8f03289ae88579bc2abfbef')
    expect(contractAddress('0x0C75')).toBeNull()
  })
})

describe('the installation', () => {
  const tiles = { url: 'https://{s}.tiles.example/{z}/{x}/{y}.png', attribution: ' © a source ', host: 'elsewhere.example' }
  it('its street map has an address, a source, and the host of the address', () => {
    expect(installedStreets({ chain_id: 1, map_tiles: tiles })).toEqual({ url: tiles.url, attribution: '© a source', host: 'tiles.example' })
  })
  it('what is no street map is none', () => {
    for (const config of [null, 7, [], {}, { map_tiles: null }, { map_tiles: tiles.url }, { map_tiles: { ...tiles, attribution: ' ' } }, { map_tiles: { ...tiles, url: 'https://tiles.example/india.pmtiles' } }, { map_tiles: { ...tiles, url: 7 } }]) {
      expect(installedStreets(config)).toBeNull()
    }
  })
})

describe('settings', () => {
  it('storage may hold anything', () => {
    const defaults = parseSettings(null)
    for (const text of ['', '{', '[]', 'null', '7', '{"language":"xx","theme":3,"service":"javascript:1","place":{"kind":"house"}}']) {
      expect(parseSettings(text)).toEqual(defaults)
    }
  })
  it('what was chosen comes back', () => {
    const kept = { ...parseSettings(null), language: 'hi', theme: 'dark', service: 'http://a.example/', place: { kind: 'site', id: 's-1', name: 'Badka' } }
    expect(parseSettings(JSON.stringify(kept))).toEqual(kept)
  })
  it('the language is the browser’s, if there is it', () => {
    expect(preferredLanguage(['ta-IN', 'hi-IN', 'en'])).toBe('hi')
    expect(preferredLanguage(['fr'])).toBe('en')
  })
})
