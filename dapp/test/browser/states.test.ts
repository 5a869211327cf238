// Loading, error, stale, offline and empty: each says what it is and what can be done.
import { describe, expect, test } from 'vitest'
import { answer, choose, expectAnswer } from './support/answer'
import * as faults from './support/faults'
import { open } from './support/open'
import { anchoredSite } from './support/scene'

describe('loading', () => {
  test('says so, then that it is slow, then answers', async () => {
    const { opened, open: openGate } = faults.gate()
    const { page } = await open({ faults: { graphql: faults.after(opened) } })
    await page.getByTestId('notice-loading').waitFor()
    await expect.poll(() => page.getByTestId('notice-loading').innerText()).toMatch(/slow/i)
    expect(await page.getByText(/\b(ON|OFF) since/).count()).toBe(0)
    openGate()
    await answer(page).waitFor()
    await page.getByTestId('notice-loading').waitFor({ state: 'detached' })
  })
})

describe('error', () => {
  test.each([
    ['away', faults.away, /cannot be reached/],
    ['broken', faults.status(502), /not the service/],
    ['refusing', faults.errors('the store does not answer'), /the store does not answer/],
  ])('the service is %s: the page says so, and tries again when asked', async (_, fault, words) => {
    const { page, origin } = await open({ faults: { graphql: fault } })
    const notice = page.getByTestId('notice-error')
    await notice.waitFor()
    expect(await notice.innerText()).toMatch(words)
    expect(await page.getByText(/\b(ON|OFF) since/).count()).toBe(0)
    origin.faults = {}
    await notice.getByRole('button').first().click()
    await answer(page).waitFor()
    await notice.waitFor({ state: 'detached' })
  })
})

describe('stale', () => {
  test('the service goes away: the last answer stays, with its age and why', async () => {
    const site = await anchoredSite('OFF')
    const { page, origin } = await open({ at: `#/?site=${site.siteId}`, before: async ({ page }) => page.clock.install() })
    await expectAnswer(page, site.siteId)
    origin.faults = { graphql: faults.away }
    await page.clock.fastForward('05:00')
    const notice = page.getByTestId('notice-stale')
    await notice.waitFor()
    await expect.poll(() => notice.innerText()).toMatch(/[45] min ago/)
    expect(await notice.innerText()).toMatch(/cannot be reached/)
    expect(await answer(page).innerText()).toContain(site.locality)
    // It is back: the notice goes by itself.
    origin.faults = {}
    await page.clock.fastForward('01:00')
    await notice.waitFor({ state: 'detached' })
  })
})

describe('offline', () => {
  test('opened again without a network, the page shows the last known state with its age', async () => {
    const site = await anchoredSite('OFF')
    const { page, context, origin } = await open()
    await choose(page, site.locality)
    await page.getByTestId('saved-place').click()
    await expectAnswer(page, site.siteId)
    // The service worker has what the page is made of.
    await page.evaluate(async () => {
      await navigator.serviceWorker.ready
    })
    await page.waitForFunction(() => navigator.serviceWorker.ready.then(({ active }) => active?.state === 'activated'))
    await context.setOffline(true)
    origin.faults = { page: faults.away, graphql: faults.away, rpc: faults.away, ipfs: faults.away, basemap: faults.away }
    await page.reload()
    const notice = page.locator('.place-panel').getByTestId('notice-offline')
    await notice.waitFor()
    expect(await notice.innerText()).toMatch(/just now|\d+ (s|min) ago/)
    expect(await answer(page).innerText()).toContain(site.locality)
    // The names are kept, so that the search works.
    await page.getByTestId('search').fill(site.feederName)
    await expect.poll(() => page.getByTestId('search-option').allInnerTexts()).toContainEqual(expect.stringContaining(site.feederName))
    // Provenance is as true as online.
    expect(await page.getByTestId('provenance').isVisible()).toBe(true)
    await context.setOffline(false)
    origin.faults = {}
    await notice.waitFor({ state: 'detached' })
  })

  test('a place that was never looked at says that nothing of it is kept', async () => {
    const site = await anchoredSite('OFF')
    const { page, context } = await open()
    await answer(page).waitFor()
    await context.setOffline(true)
    await page.evaluate((id) => (location.hash = `#/?site=${id}`), site.siteId)
    await expect.poll(() => page.locator('.place-panel').getByTestId('notice-offline').innerText()).toMatch(/nothing of this is kept/)
    expect(await page.getByText(/\b(ON|OFF) since/).count()).toBe(0)
  })
})

describe('empty', () => {
  test('no area is enrolled yet', async () => {
    const { page } = await open({
      faults: { graphql: faults.data((data) => faults.rewrite(data, (key, value) => (key === 'areas' && Array.isArray(value) ? [] : undefined))) },
    })
    await expect.poll(() => answer(page).innerText()).toMatch(/no place is enrolled/i)
  })

  test('of many areas the first page lists few, and more when asked; those with most customers off first', async () => {
    const MANY = 40
    const { page } = await open({
      faults: {
        graphql: faults.data((answer, { query }) => {
          if (!query.includes('query Overview')) return
          const [one] = answer.east.areas
          answer.east.areas = Array.from({ length: MANY }, (_, i) => ({ ...one, areaId: `many-${i}`, name: `Many ${i}`, customersByState: { ...one.customersByState, off: i } }))
        }),
      },
    })
    const names = page.getByTestId('areas').locator('.list-title')
    await names.first().waitFor()
    const few = await names.count()
    expect(few).toBeLessThan(MANY / 2)
    expect(await names.first().innerText()).toBe(`Many ${MANY - 1}`)
    await page.getByRole('button', { name: /more areas/ }).click()
    await expect.poll(() => names.count()).toBe(2 * few)
  })

  test('where areas are too many for the map, the groups say how it stands', async () => {
    const { page } = await open({
      faults: {
        graphql: faults.data((answer, { query }) => {
          if (!query.includes('query Overview')) return
          const counts = (off: number) => ({ on: 900 - off, off, noData: 100, total: 1_000 })
          Object.assign(answer.east, { areas: [], groups: [{ sitesByState: counts(70), customersByState: counts(700) }, { sitesByState: counts(0), customersByState: counts(0) }] })
        }),
      },
    })
    await expect.poll(() => answer(page).innerText()).toMatch(/700 of 2,000 customers/)
    expect(await answer(page).innerText()).toMatch(/200 of 2,000/)
  })

  test('a place that there is not says so, and leads back', async () => {
    const { page } = await open({ at: '#/site/no-such-place' })
    await page.getByText('no-such-place').waitFor()
    await page.locator('#main').getByRole('link').first().click()
    await page.getByTestId('search').waitFor()
  })

  test('a site without outages says that none is on record', async () => {
    const site = await anchoredSite('ON')
    const { page } = await open({
      at: `#/site/${site.siteId}`,
      faults: { graphql: faults.data((data) => faults.rewrite(data, (key, value) => (key === 'outages' ? { ...value, items: [], hasMore: false } : undefined))) },
    })
    await expect.poll(() => page.getByTestId('outage-table').innerText()).toMatch(/no outage is on record/i)
  })
})
