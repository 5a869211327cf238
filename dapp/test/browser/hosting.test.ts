// Wherever the same build lies: on IPFS, below a folder of a web server that knows nothing of it, over plain http.
import { expect, inject, onTestFinished, test } from 'vitest'
import { create, globSource } from 'kubo-rpc-client'
import type { Page } from 'playwright-core'
import { expectAnswer } from './support/answer'
import { PAGE_DIR } from './support/devnet'
import { open } from './support/open'
import { servePlainly } from './support/plain-server'
import { anchoredSite, checkAddress, type SiteNow } from './support/scene'
import { verdict } from './support/proof'

/** Answers about a place, then checks its reading: all of it from the service at `service`. */
async function worksWith(page: Page, folder: string, service: string, site: SiteNow) {
  await page.goto(`${folder}#/?site=${site.siteId}&service=${encodeURIComponent(service)}`)
  await expectAnswer(page, site.siteId)
  // Remembered: no link of the page carries it.
  await page.goto(`${folder}${checkAddress(site)}`)
  await page.getByTestId('proof-quick').click()
  await expect.poll(() => verdict(page)).toBe('proven')
}

/** Puts the built page on IPFS by Kubo's RPC, as a release does, and gives its CID. */
async function publish(): Promise<string> {
  const { ipfs_api_url: url, dapp_cid: known } = inject('endpoints')
  let cid = ''
  for await (const added of create({ url }).addAll(globSource(PAGE_DIR, '**/*', { hidden: true }), { cidVersion: 1, rawLeaves: true, wrapWithDirectory: true })) cid = added.cid.toString()
  // Where the devnet has published it, it is the same.
  expect(cid).toBe(known ?? cid)
  return cid
}

test('from the embedded IPFS gateway by CID, the page answers and checks a proof', async () => {
  const { ipfs_gateway_url: gateway } = inject('endpoints')
  const cid = await publish()
  expect(cid).toMatch(/^b[a-z2-7]+$/)
  const site = await anchoredSite('OFF')
  const { page, origin } = await open({ before: ({ origin }) => (origin.allow(gateway), 'about:blank') })
  await worksWith(page, `${gateway}/ipfs/${cid}/`, origin.url, site)
  expect(origin.seen.filter(({ upstream }) => upstream === 'page')).toEqual([])
  // Whose answers these are stands on the page.
  expect(await page.locator('footer').innerText()).toContain(new URL(origin.url).host)
})

test('below a folder of a plain web server', async () => {
  const plain = await servePlainly(PAGE_DIR, '/some/folder/')
  onTestFinished(plain.stop)
  const site = await anchoredSite('OFF')
  const { page, origin } = await open({ before: ({ origin }) => (origin.allow(plain.url), 'about:blank') })
  await worksWith(page, plain.url, origin.url, site)
  expect(origin.seen.filter(({ upstream }) => upstream === 'page')).toEqual([])
})

test('without a service to ask, a plain web server\'s page says what to do', async () => {
  const plain = await servePlainly(PAGE_DIR, '/')
  onTestFinished(plain.stop)
  const { page } = await open({ before: ({ origin }) => (origin.allow(plain.url), plain.url) })
  await page.getByTestId('notice-error').waitFor()
  expect(await page.getByTestId('notice-error').innerText()).toMatch(/service/i)
  await page.getByTestId('notice-error').getByRole('link', { name: /settings/i }).click()
  await expect.poll(() => page.url()).toContain('#/settings')
})

test.each([['en-GB', /https/i], ['hi-IN', /https/i]])('over plain http, where the browser has no crypto.subtle, the page says so (%s)', async (locale, words) => {
  const site = await anchoredSite('OFF')
  const { page } = await open({ at: checkAddress(site), context: { locale }, before: ({ origin }) => origin.named('power.example') })
  expect(await page.evaluate(() => crypto.subtle === undefined)).toBe(true)
  await page.getByTestId('proof-verdict').waitFor()
  const text = await page.locator('#main').innerText()
  expect(text).toMatch(words)
  expect(text.match(/[\u0900-\u097f]/) !== null).toBe(locale === 'hi-IN')
  expect(await verdict(page)).not.toBe('proven')
})
