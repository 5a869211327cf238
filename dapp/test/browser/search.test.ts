import { describe, expect, test } from 'vitest'
import * as faults from './support/faults'
import { answer, choose, expectAnswer } from './support/answer'
import { PHONE, open } from './support/open'
import { allSites, anchoredSite, areas } from './support/scene'

describe('search', () => {
  test('a place that is off: since when, how far, how many, whether it is proven', async () => {
    const site = await anchoredSite('OFF')
    const { page } = await open({ context: PHONE })
    await choose(page, site.locality)
    await expectAnswer(page, site.siteId)
    const text = await answer(page).innerText()
    expect(text).toMatch(/\d+ customers?/)
    expect(text).toMatch(/anchored/)
    // What nobody can know stands beside it.
    expect(text).toMatch(/not known/i)
    expect(await page.getByTestId('check-link').getAttribute('href')).toContain(site.deviceId)
  })

  test('a place that is on', async () => {
    const site = await anchoredSite('ON')
    const { page } = await open()
    await choose(page, site.locality)
    await expectAnswer(page, site.siteId)
  })

  test('a feeder and an area are found too', async () => {
    const [site] = await allSites()
    const area = (await areas()).find(({ areaId }) => areaId === site!.areaId)!
    const { page } = await open()
    for (const name of [site!.feederName, area.name]) {
      await choose(page, name)
      await expect.poll(() => answer(page).innerText()).toContain(name)
    }
  })

  test('another spelling is found: case, accents, Devanagari digits and letters', async () => {
    const [site] = await allSites()
    const { page } = await open()
    for (const spelling of [site!.feederName.toLowerCase(), ` ${site!.feederName.replace('E', 'É')} `, site!.feederName.replace(/\d/g, (digit) => String.fromCharCode(0x966 + Number(digit)))]) {
      await page.getByTestId('search').fill(spelling)
      await expect.poll(() => page.getByTestId('search-option').allInnerTexts()).toContainEqual(expect.stringContaining(site!.feederName))
    }
  })

  test('a name that nothing has says so, and what to do', async () => {
    const { page } = await open()
    await page.getByTestId('search').fill('qqqq zzzz')
    await expect.poll(() => page.getByRole('search').innerText()).toMatch(/no such name/i)
    expect(await page.getByTestId('search-option').count()).toBe(0)
  })

  test('nothing is asked of the service while someone types', async () => {
    const [site] = await allSites()
    const { page, origin } = await open()
    await page.getByTestId('search').fill(site!.locality)
    await page.getByTestId('search-option').first().waitFor()
    // The list is here: with the service gone, the search goes on.
    origin.faults = { graphql: faults.away }
    await page.getByTestId('search').fill(site!.feederName)
    await expect.poll(() => page.getByTestId('search-option').allInnerTexts()).toContainEqual(expect.stringContaining(site!.feederName))
  })
})
