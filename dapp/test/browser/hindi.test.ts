import { describe, expect, inject, test } from 'vitest'
import { query } from './support/ask'
import { expectAnswer } from './support/answer'
import { open } from './support/open'
import { allSites, anchoredSite, everyPage } from './support/scene'
import { openAnew, settled, wordsOf } from './support/visible'

/** Names of things that are written so in every language: of standards, units and of the project's own formats. */
const SAME_EVERYWHERE = new Set(
  'Power Tracker IPFS RPC CID SHA CIDv eip URL URI API GraphQL GraphiQL JSON HTTP HTTPS http https UTC IST ETH EVM P RFC kB MB GB km IP WebCrypto Ethereum Merkle Leaflet MIT curl jq ipfs CSV JPEG PNG WebP Atom EIP PIN bash verifier scorecard root Vue Nuxt Supercluster'.split(' '),
)

async function namesFromData(): Promise<string[]> {
  const { _meta: meta } = await query<{ _meta: { provenance: { source: string } } }>(inject('endpoints'), '{ _meta { provenance { source } } }')
  const { areas } = await query<{ areas: { name: string; areaId: string }[] }>(inject('endpoints'), '{ areas { name areaId } }')
  const sites = await allSites()
  // Areas may follow different schedules.
  const ofArea = async ({ areaId }: { areaId: string }) =>
    (await query<{ classes: { class: string; schedule: string }[] }>(inject('endpoints'), 'query($id: String!) { classes: complaintClasses(areaId: $id) { class schedule } }', { id: areaId })).classes
  const classes = (await Promise.all(areas.map(ofArea))).flat()
  const names = [meta.provenance.source, ...areas.flatMap(Object.values), ...classes.flatMap(Object.values), ...sites.flatMap((site) => [site.locality, site.feederName, site.feederId, site.stationId, site.deviceId, site.siteId])]
  return [...new Set(names as string[])].sort((a, b) => b.length - a.length)
}

/** Latin words that are neither names from data, nor hex and the like, nor the same in every language. */
function leftOver(words: string[], names: string[]): string[] {
  return words.flatMap((text) => {
    let rest = text
    for (const name of names) rest = rest.replaceAll(name, ' ')
    rest = rest.replaceAll(/\S*:\/\/\S*|127\.0\.0\.1:\d+|\b(0x)?[0-9a-f]{6,}\S*|\bb[a-z2-7]{10,}\S*|\S*[_…=]\S*/g, ' ')
    const found = (rest.match(/[A-Za-z]{2,}/g) ?? []).filter((word) => !SAME_EVERYWHERE.has(word))
    return found.length ? [`${found.join(' ')} in: ${text.slice(0, 120)}`] : []
  })
}

describe('Hindi', () => {
  test('the words that are looked for would be found', () => {
    expect(leftOver(['Place 1 बंद है', 'IPFS', '0xabcdef0123', 'यह Loading है'], ['Place 1'])).toEqual(['Loading in: यह Loading है'])
  })

  test('no English is left over on any page', async () => {
    const names = await namesFromData()
    const { page, origin } = await open({ context: { locale: 'hi-IN' } })
    const all: string[] = []
    for (const [name, at] of Object.entries(await everyPage())) {
      await openAnew(page, origin.url + at)
      expect(await page.locator('html').getAttribute('lang')).toBe('hi')
      all.push(...leftOver(await wordsOf(page), names).map((line) => `${name}: ${line}`))
    }
    expect(all).toEqual([])
  })

  test('the browser\'s language chooses; what the reader chooses is remembered', async () => {
    const site = await anchoredSite('OFF')
    const { page } = await open({ at: `#/?site=${site.siteId}`, context: { locale: 'en-GB' } })
    await expectAnswer(page, site.siteId)
    expect(await page.locator('html').getAttribute('lang')).toBe('en')
    await page.getByTestId('language').click()
    await page.waitForFunction(() => document.documentElement.lang === 'hi')
    await expect.poll(() => page.getByTestId('answer').innerText()).toMatch(/[\u0900-\u097f]/)
    await page.reload()
    await page.waitForFunction(() => document.documentElement.lang === 'hi')
    expect(await page.title()).toMatch(/[\u0900-\u097f]/)
    // And back.
    await page.getByTestId('language').click()
    await page.waitForFunction(() => document.documentElement.lang === 'en')
  })

  test('Devanagari is drawn with letters, not boxes', async () => {
    const { page } = await open({ context: { locale: 'hi-IN' } })
    await settled(page)
    const fonts = await (await page.context().newCDPSession(page)).send('DOM.enable').then(async () => {
      const session = await page.context().newCDPSession(page)
      await session.send('DOM.enable')
      await session.send('CSS.enable')
      const { root } = await session.send('DOM.getDocument')
      const { nodeId } = await session.send('DOM.querySelector', { nodeId: root.nodeId, selector: 'footer' })
      return (await session.send('CSS.getPlatformFontsForNode', { nodeId })).fonts
    })
    expect(fonts.map(({ familyName }) => familyName).join()).toMatch(/Devanagari|Hindi|Lohit|Mangal|Nirmala|Free/i)
  })
})
