// What the page takes from config.json beside it: the street map, which stays an offer until somebody takes it.
import { expect, test } from 'vitest'
import * as faults from './support/faults'
import { open } from './support/open'
import type { Fault } from './support/origin'

/** The installation's config.json names a street map on that host; the rest is as it is. */
const streetsOn = (host: string): Fault => async (asked, pass) => {
  const reply = await pass()
  if (asked.path !== '/config.json') return reply
  const config = JSON.parse(String(reply.body)) as object
  const tiles = { url: `https://${host}/{z}/{x}/{y}.png`, attribution: '© a source', host }
  return { ...reply, body: Buffer.from(JSON.stringify({ ...config, map_tiles: tiles })) }
}

test('the street map is a button that names its host; the newest config.json counts, the last one without a network', async () => {
  const { page, context, origin } = await open({ faults: { page: streetsOn('one.example') } })
  const button = page.locator('.streets')
  await expect.poll(() => button.innerText()).toContain('one.example')
  await page.waitForFunction(() => navigator.serviceWorker.ready.then(({ active }) => active?.state === 'activated'))
  await page.waitForFunction(() => navigator.serviceWorker.controller !== null)
  origin.faults = { page: streetsOn('two.example') }
  await page.reload()
  await expect.poll(() => button.innerText()).toContain('two.example')
  await context.setOffline(true)
  origin.faults = { page: faults.away, graphql: faults.away, basemap: faults.away }
  await page.reload()
  await expect.poll(() => button.innerText()).toContain('two.example')
})

test('an installation without one has no button', async () => {
  const { page } = await open()
  await page.getByTestId('map').locator('canvas').first().waitFor()
  expect(await page.locator('.streets').count()).toBe(0)
})
