// Where the focus is when the page changes: at the new page's heading, from where Tab goes on.
import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { choose } from './support/answer'
import * as faults from './support/faults'
import { open } from './support/open'
import { anchoredSite } from './support/scene'

const focused = (page: Page) => page.evaluate(() => `${document.activeElement?.localName} ${document.activeElement?.textContent?.trim() ?? ''}`.slice(0, 80))

test('nowhere on the first page; at the heading of each page after it', async () => {
  const { page } = await open()
  await page.getByTestId('answer').waitFor()
  expect(await focused(page)).toMatch(/^body/)
  for (const [link, heading] of [['/about', /^h1 /], ['/settings', /^h1 Settings/], ['/', /^h1 Right now/]] as const) {
    await page.locator(`.page-header a[href="#${link}"]`).focus()
    await page.keyboard.press('Enter')
    await expect.poll(() => focused(page)).toMatch(heading)
  }
  await page.goBack()
  await expect.poll(() => focused(page)).toMatch(/^h1 Settings/)
})

test('at the name of the place that was chosen, once its answer is there', async () => {
  const site = await anchoredSite('OFF')
  const { page } = await open()
  await choose(page, site.locality)
  await expect.poll(() => focused(page)).toBe(`h1 ${site.locality}`)
  await page.locator('.answer').getByRole('link').last().click()
  await expect.poll(() => page.url()).toContain('#/site/')
  await expect.poll(() => focused(page)).toBe(`h1 ${site.locality}`)
})

test('who goes on before the answer comes keeps the focus', async () => {
  const site = await anchoredSite('OFF')
  const { opened, open: openGate } = faults.gate()
  const { page, origin } = await open()
  await page.getByTestId('answer').waitFor()
  origin.faults = { graphql: async (asked, pass) => (String(asked.body).includes(site.siteId) && (await opened), pass()) }
  await page.evaluate((id) => (location.hash = `#/?site=${id}`), site.siteId)
  await expect.poll(() => focused(page)).toMatch(/^main/)
  await page.getByTestId('search').focus()
  openGate()
  await expect.poll(() => page.getByTestId('answer').innerText()).toContain(site.locality)
  expect(await page.evaluate(() => document.activeElement?.getAttribute('data-testid'))).toBe('search')
})
