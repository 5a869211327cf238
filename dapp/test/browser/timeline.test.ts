import { inject } from 'vitest'
import { expect, test } from 'vitest'
import { query } from './support/ask'
import { open } from './support/open'
import { allSites, clock } from './support/scene'

interface Outage {
  startUnixS: number
  endUnixS: number | null
}

/** Outages of a site in the last days, the latest first. */
async function outagesOf(siteId: string, fromUnixS: number): Promise<Outage[]> {
  const text = `query($id: String, $from: Int53) { site(siteId: $id) { outages(fromUnixS: $from, first: 500) { items { startUnixS endUnixS } } } }`
  return (await query<{ site: { outages: { items: Outage[] } } }>(inject('endpoints'), text, { id: siteId, from: fromUnixS })).site.outages.items
}

/** The site with most outages on record. */
async function eventful() {
  const dayAgoS = Math.floor(Date.now() / 1000) - 40 * 3600
  const all = await Promise.all((await allSites()).map(async (site) => ({ site, outages: await outagesOf(site.siteId, dayAgoS) })))
  return all.sort((a, b) => b.outages.length - a.outages.length)[0]!
}

test('the timeline and its table say the same, and what the API has', async () => {
  const { site, outages } = await eventful()
  expect(outages.length).toBeGreaterThan(1)
  const { page } = await open({ at: `#/site/${site.siteId}` })
  const rows = page.getByTestId('outage-table').locator('tbody tr')
  await expect.poll(() => rows.count()).toBeGreaterThanOrEqual(outages.length)
  const told = await rows.allInnerTexts()
  for (const [i, outage] of outages.entries()) {
    expect(told[i]).toContain(clock(outage.startUnixS))
    if (outage.endUnixS !== null) expect(told[i]).toContain(clock(outage.endUnixS))
  }
  const timeline = page.getByTestId('timeline')
  // As many blocks as rows, and words of the same number.
  expect(await timeline.locator('rect.off').count()).toBe(told.length)
  expect(await timeline.innerText()).toMatch(new RegExp(`\\b${told.length} outages?\\b`))
})

test('the blocks of the timeline are as long as the outages', async () => {
  const { site, outages } = await eventful()
  const { page } = await open({ at: `#/site/${site.siteId}` })
  const blocks = page.getByTestId('timeline').locator('rect.off')
  await expect.poll(() => blocks.count()).toBeGreaterThanOrEqual(outages.length)
  const widths = await blocks.evaluateAll((all) => all.map((one) => Number(one.getAttribute('width'))))
  const ended = outages.filter((outage) => outage.endUnixS !== null).map((outage) => outage.endUnixS! - outage.startUnixS)
  // One scale, whichever it is, must make all of them fit; what still goes on or began before the window may be of any length.
  const fits = (lengthS: number, scale: number) => widths.some((width) => Math.abs(width * scale - lengthS) <= Math.max(0.02 * lengthS, 2 * scale))
  expect(ended.length).toBeGreaterThan(1)
  const scales = widths.map((width) => ended[0]! / width)
  expect(scales.filter((scale) => ended.every((lengthS) => fits(lengthS, scale)))).not.toEqual([])
})

test('each record of the table can be checked', async () => {
  const { site } = await eventful()
  const { page } = await open({ at: `#/site/${site.siteId}` })
  const links = page.getByTestId('outage-table').locator('tbody tr').first().getByRole('link')
  await links.first().click()
  await expect.poll(() => page.url()).toMatch(new RegExp(`#/check\\?device=${site.deviceId}&sequence=\\d+`))
})
