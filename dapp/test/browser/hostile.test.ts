// Script in every string that comes from data: shown as the text that it is, and never run.
import { describe, expect, inject, test } from 'vitest'
import { anySite, officialKey, untilStands } from './support/complaints'
import * as faults from './support/faults'
import { fileDirectly } from './support/file'
import type { Fault } from './support/origin'
import { open } from './support/open'
import { everyPage } from './support/scene'
import { settled } from './support/visible'
import { injectWallet } from './support/wallet'

const MARK = 'hostile-mark'
const PAYLOAD = `"'><img src=${MARK} onerror="window.ran=1"><script>window.ran=1</script>{{window.ran=1}}\${window.ran=1}`
/** Words that the page compares with: data that is not text. */
const isWord = (value: string) => /^[A-Z_]+$/.test(value)
/** What the page goes on to ask with. Changed in a test of its own. */
const isName = (key: string) => /^(id|.*Id|.*Ids|endCursor|.*Hash|root|digest|record|leaf|path|.*Cid|anchors|rosters|uri|.*Uris|publicKey|indexedContract)$/.test(key)

const inText: Fault = faults.data((data) => faults.rewrite(data, (key, value) => (typeof value === 'string' && !isWord(value) && !isName(key) && !/^\d{4}-\d\d-\d\d$/.test(value) ? value + PAYLOAD : undefined)))
const everywhere: Fault = faults.data((data) => faults.rewrite(data, (_, value) => {
  if (typeof value === 'string' && !isWord(value)) return value + PAYLOAD
  return Array.isArray(value) && value.every((one) => typeof one === 'string') ? value.map((one) => one + PAYLOAD) : undefined
}))
const asAddress: Fault = faults.data((data) => faults.rewrite(data, (_, value) => (typeof value === 'string' && !isWord(value) ? `javascript:window.ran=1//${value}` : undefined)))

describe.each(['home', 'answer', 'site', 'feeder', 'area', 'batch', 'check', 'about', 'settings', 'report', 'complaint', 'officials', 'administration', 'scorecard'])('%s', (name) => {
  test.each([['in every text', inText], ['in every string, names and hashes too', everywhere], ['as an address', asAddress]])('script %s', async (_, fault) => {
    const at = (await everyPage())[name]!
    const { page, origin } = await open({ at, faults: { graphql: fault } })
    await page.locator('#main').waitFor()
    if (fault === inText) await settled(page)
    await page.waitForFunction(() => document.readyState === 'complete')
    const harm = await page.evaluate((mark) => ({
      ran: (window as { ran?: number }).ran,
      elements: document.querySelectorAll(`[src*="${mark}"], main script`).length,
      addresses: [...document.querySelectorAll('[href], [src], [action]')].flatMap((element) => ['href', 'src', 'action'].map((attribute) => element.getAttribute(attribute) ?? '')).filter((address) => /^\s*javascript:/i.test(address)),
    }), MARK)
    expect(harm).toEqual({ ran: undefined, elements: 0, addresses: [] })
    expect(origin.seen.filter(({ path }) => path.includes(MARK) && !path.includes('graphql'))).toEqual([])
  })
})

test('what is shown of it is its text', async () => {
  const { page } = await open({ at: (await everyPage()).site, faults: { graphql: inText } })
  await settled(page)
  expect(await page.locator('body').innerText()).toContain(`<img src=${MARK}`)
})

test('in what people really signed: text, note and reason are shown as they are', async () => {
  const site = await anySite()
  const { rpc_url: rpcUrl, chain_id: chainId } = inject('endpoints')
  const id = await fileDirectly(inject('endpoints'), site, PAYLOAD)
  const { page } = await open({ at: '#/officials', before: async ({ page }) => void (await injectWallet(page, { rpcUrl, chainId, key: officialKey(site.areaId, 1) })) })
  await page.getByTestId('wallet').click()
  await page.locator(`[id="${id}"]`).check()
  expect(await page.locator('[data-testid="queue-line"]', { has: page.locator(`[id="${id}"]`) }).innerText()).toContain(PAYLOAD)
  await page.getByTestId('act-acknowledge').check()
  await page.getByTestId('act-note').fill(PAYLOAD)
  await page.getByTestId('act-sign').click()
  await untilStands(id, 'ACKNOWLEDGE')
  await page.getByTestId('notice-feeder').selectOption(site.feederId)
  await page.getByTestId('notice-reason').fill(PAYLOAD)
  await page.getByTestId('notice-announce').click()
  const announced = page.getByTestId('official-notices').getByTestId('notice').filter({ hasText: MARK })
  await announced.waitFor()
  const { page: reader } = await open({ at: `#/complaint/${id}` })
  await expect.poll(() => reader.getByTestId('complaint-text').innerText()).toBe(PAYLOAD)
  await expect.poll(() => reader.getByTestId('complaint-history').innerText()).toContain(PAYLOAD)
  const { page: feeder } = await open({ at: `#/feeder/${site.feederId}` })
  await expect.poll(() => feeder.getByTestId('notice-panel').innerText()).toContain(PAYLOAD)
  for (const one of [page, reader, feeder]) {
    expect(await one.evaluate((mark) => [(window as { ran?: number }).ran, document.querySelectorAll(`[src*="${mark}"]`).length], MARK)).toEqual([undefined, 0])
  }
  // Nobody is left with it.
  await announced.getByTestId('notice-withdraw').click()
  await expect.poll(() => announced.getAttribute('data-state')).toBe('withdrawn')
})

test('a search and its answer', async () => {
  const { page } = await open({ faults: { graphql: inText } })
  await page.getByTestId('search').fill('place')
  await page.getByTestId('search-option').first().click()
  await expect.poll(() => page.getByTestId('answer').innerText()).toContain(`<img src=${MARK}`)
  expect(await page.evaluate(() => (window as { ran?: number }).ran)).toBeUndefined()
})

test.each([
  ['a name in the address', `#/site/${encodeURIComponent(PAYLOAD)}`],
  ['a question in the address', `#/?site=${encodeURIComponent(PAYLOAD)}`],
  ['a record in the address', `#/check?device=${encodeURIComponent(PAYLOAD)}&sequence=${encodeURIComponent(PAYLOAD)}`],
  ['a service in the address', `#/?service=${encodeURIComponent('javascript:window.ran=1')}`],
])('%s', async (_, at) => {
  const { page } = await open({ at })
  await page.locator('#main').waitFor()
  await page.waitForFunction(() => (document.querySelector('#main')?.textContent ?? '').trim().length > 20)
  expect(await page.evaluate((mark) => [(window as { ran?: number }).ran, document.querySelectorAll(`[src*="${mark}"]`).length], MARK)).toEqual([undefined, 0])
})
