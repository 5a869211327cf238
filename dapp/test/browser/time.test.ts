// Times are those of the place: neither the reader's time zone, nor a change to daylight time, nor a wrong clock moves them.
import { describe, expect, inject, test } from 'vitest'
import { answer, expectAnswer } from './support/answer'
import { query } from './support/ask'
import * as faults from './support/faults'
import { open } from './support/open'
import { allSites, anchoredSite, siteNow } from './support/scene'
import { settled } from './support/visible'

const ZONES = ['Asia/Kolkata', 'America/New_York', 'Pacific/Chatham', 'Pacific/Kiritimati']
const DAY_S = 86_400
/** 2026-11-01 06:00 UTC: New York's clocks go back from 02:00 to 01:00. */
const FALL_BACK_UNIX_S = 1_793_512_800
/** 2026-03-08 07:00 UTC: they go forward from 02:00 to 03:00. */
const SPRING_FORWARD_UNIX_S = 1_772_953_200

/** What a page says of times, with the words of how long ago taken out, as these move on. */
const timesOf = (text: string) => text.match(/(\d{1,2} \w{3}, )?\b\d\d:\d\d\b/g)

test.each(ZONES)('in %s the answer has the time of the place', async (timezoneId) => {
  const site = await anchoredSite('OFF')
  const { page } = await open({ at: `#/?site=${site.siteId}`, context: { timezoneId } })
  await expectAnswer(page, site.siteId)
  expect(await answer(page).innerText()).toMatch(/IST|UTC\+5:30/)
})

test('the table of outages is the same in every zone', async () => {
  const site = await anchoredSite('OFF')
  const told = []
  for (const timezoneId of ZONES) {
    const { page } = await open({ at: `#/site/${site.siteId}`, context: { timezoneId } })
    await settled(page)
    // The first may end meanwhile; what has ended does not change.
    told.push((await page.getByTestId('outage-table').locator('tbody tr').allInnerTexts()).slice(1).map(timesOf))
  }
  expect(told[0]!.length).toBeGreaterThan(0)
  for (const other of told) expect(other).toEqual(told[0])
})

describe('daylight time', () => {
  test.each([['ends', FALL_BACK_UNIX_S], ['begins', SPRING_FORWARD_UNIX_S]])('an outage while New York\'s daylight time %s is as long as it was', async (_, changeUnixS) => {
    // An outage that has ended, moved so that the change lies in its middle.
    const { site, outage } = await endedOutage()
    const byS = changeUnixS - Math.round((outage.startUnixS + outage.endUnixS) / 2)
    const nowMs = Date.now() + byS * 1000
    const { page } = await open({
      at: `#/site/${site}`,
      context: { timezoneId: 'America/New_York' },
      faults: { graphql: faults.moved(byS) },
      before: async ({ page }) => page.clock.install({ time: nowMs }),
    })
    await settled(page)
    const lastedMin = Math.floor((outage.endUnixS - outage.startUnixS) / 60)
    const words = [Math.floor(lastedMin / 60) && `${Math.floor(lastedMin / 60)} h`, lastedMin % 60 && `${lastedMin % 60} min`].filter(Boolean).join(' ')
    const at = (unixS: number) => new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', timeZone: 'Asia/Kolkata' }).format(new Date((unixS + byS) * 1000))
    const rows = await page.getByTestId('outage-table').locator('tbody tr').allInnerTexts()
    expect(rows.some((row) => row.includes(at(outage.startUnixS)) && row.includes(at(outage.endUnixS)) && row.includes(words)), `${at(outage.startUnixS)} ${at(outage.endUnixS)} ${words} in ${rows.join(' | ')}`).toBe(true)
  })
})

describe('the device\'s clock', () => {
  test.each([['two years ahead', 730 * DAY_S], ['a day behind', -DAY_S], ['in 1970', -Math.floor(Date.now() / 1000) + 1000]])('%s: durations are by the service\'s clock', async (_, byS) => {
    const site = await anchoredSite('OFF')
    const { page } = await open({
      at: `#/?site=${site.siteId}`,
      before: async ({ page }) => page.clock.setSystemTime(Date.now() + byS * 1000),
    })
    await expectAnswer(page, site.siteId)
    const { now } = await siteNow(site.siteId)
    const minutes = Math.floor((Date.now() / 1000 - now!.sinceUnixS!) / 60)
    const near = [minutes - 1, minutes, minutes + 1].map((n) => (n < 60 ? `${n} min` : n % 60 ? `${Math.floor(n / 60)} h ${n % 60} min` : `${n / 60} h`))
    const text = await answer(page).innerText()
    expect(near.some((words) => text.includes(`(${words})`)), `${near.join(', ')} in ${text}`).toBe(true)
  })

  test('a device that says it is tomorrow: its clock is ahead, and no negative time', async () => {
    const site = await anchoredSite('OFF')
    const { page } = await open({
      at: `#/?site=${site.siteId}`,
      faults: { graphql: faults.data((data) => faults.rewrite(data, (key, value) => (/^(sinceUnixS|lastHeardUnixS)$/.test(key) && typeof value === 'number' ? Math.floor(Date.now() / 1000) + DAY_S : undefined))) },
    })
    await expect.poll(() => answer(page).innerText()).toMatch(/clock is ahead/)
    expect(await answer(page).innerText()).not.toMatch(/[-−]\d+ (s|min|h)\b/)
  })
})

async function endedOutage() {
  const text = `query($id: String) { site(siteId: $id) { outages(first: 20) { items { startUnixS endUnixS } } } }`
  for (const { siteId } of await allSites()) {
    const { site } = await query<{ site: { outages: { items: { startUnixS: number; endUnixS: number | null }[] } } }>(inject('endpoints'), text, { id: siteId })
    const outage = site.outages.items.find(({ startUnixS, endUnixS }) => endUnixS !== null && endUnixS - startUnixS > 1_800)
    if (outage) return { site: siteId, outage: outage as { startUnixS: number; endUnixS: number } }
  }
  throw new Error('no outage has ended')
}
