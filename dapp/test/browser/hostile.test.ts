// Script in every string that comes from data: shown as the text that it is, and never run.
import { describe, expect, test } from 'vitest'
import * as faults from './support/faults'
import type { Fault } from './support/origin'
import { open } from './support/open'
import { everyPage } from './support/scene'
import { settled } from './support/visible'

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

describe.each(['home', 'answer', 'site', 'feeder', 'area', 'batch', 'check', 'about', 'settings'])('%s', (name) => {
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
