import { expect, inject, test } from 'vitest'
import { query } from './support/ask'
import { expectAnswer } from './support/answer'
import { PHONE, open } from './support/open'
import { allSites, anchoredSite } from './support/scene'

const near = (site: { latitudeDeg: number; longitudeDeg: number }) => ({ latitude: site.latitudeDeg, longitude: site.longitudeDeg, accuracy: 30 })

test('the nearest places, nearest first; one leads to its answer', async () => {
  const site = await anchoredSite('OFF')
  const { page, origin } = await open({ context: { ...PHONE, geolocation: near(site), permissions: ['geolocation'] } })
  await page.getByTestId('near-me').click()
  const lines = page.locator('main').getByRole('listitem').filter({ hasText: /\d (m|km)(?!in)/ })
  await expect.poll(() => lines.count()).toBeGreaterThan(0)
  const metres = (await lines.allInnerTexts()).map((line) => { const [, n, unit] = /([\d.]+) (m|km)(?!in)/.exec(line)!; return Number(n) * (unit === 'km' ? 1000 : 1) })
  expect(metres).toEqual([...metres].sort((a, b) => a - b))
  const { near: expected } = await query<{ near: { site: { locality: string } }[] }>(inject('endpoints'), `{ near(latitudeDeg: ${site.latitudeDeg.toFixed(3)}, longitudeDeg: ${site.longitudeDeg.toFixed(3)}, first: 5) { site { locality } } }`)
  expect((await lines.allInnerTexts()).map((line, i) => line.includes(expected[i]!.site.locality))).toEqual(expected.map(() => true))
  // The position was told once, and no closer than about 100 m.
  const told = origin.seen.map(({ asked }) => asked).filter((asked) => asked.includes('"latitudeDeg"'))
  expect(told.length).toBe(1)
  const { variables } = JSON.parse(told[0]!) as { variables: { latitudeDeg: number; longitudeDeg: number } }
  expect([variables.latitudeDeg, variables.longitudeDeg].every((degrees) => Math.abs(degrees * 1000 - Math.round(degrees * 1000)) < 1e-6)).toBe(true)

  const chosen = (await allSites()).find(({ locality }) => locality === expected[0]!.site.locality)!
  await lines.first().getByRole('link').click()
  await expectAnswer(page, chosen.siteId)
})

test('the position is asked for on the tap and not before', async () => {
  const { page } = await open({
    context: { geolocation: near((await allSites())[0]!), permissions: ['geolocation'] },
    before: ({ page }) => page.addInitScript(() => {
      const asked = { count: 0 }
      Object.assign(window, { asked })
      for (const name of ['getCurrentPosition', 'watchPosition'] as const) {
        const real = navigator.geolocation[name].bind(navigator.geolocation)
        Object.defineProperty(navigator.geolocation, name, { value: (...args: Parameters<Geolocation['getCurrentPosition']>) => { asked.count += 1; return real(...args) } })
      }
    }),
  })
  const count = () => page.evaluate(() => (window as unknown as { asked: { count: number } }).asked.count)
  await page.getByTestId('answer').waitFor()
  await page.getByTestId('map').waitFor()
  expect(await count()).toBe(0)
  await page.getByTestId('near-me').click()
  await expect.poll(count).toBe(1)
})

test('not allowed: says what to do instead', async () => {
  const { page } = await open()
  await page.getByTestId('near-me').click()
  await page.getByText(/not to share the position/).waitFor()
})

test('far away from everything: says so', async () => {
  const { page } = await open({ context: { geolocation: { latitude: 52.52, longitude: 13.405 }, permissions: ['geolocation'] } })
  await page.getByTestId('near-me').click()
  await page.getByText(/no place within 50 km/i).waitFor()
})

test('where the browser tells no position (plain http), the page says so', async () => {
  const { page } = await open({ context: { geolocation: near((await allSites())[0]!) }, before: ({ origin }) => origin.named('power.example') })
  await page.getByTestId('near-me').click()
  await page.getByText(/only to pages over https/).waitFor()
})
