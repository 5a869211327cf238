// Planned outages: announced by an official, seen where they apply, changed and withdrawn.
import type { Page } from 'playwright-core'
import { describe, expect, inject, test } from 'vitest'
import { anySite, fileHere, officialKey, untilStands } from './support/complaints'
import { query } from './support/ask'
import { open } from './support/open'
import { until } from './support/until'
import { injectWallet, type TestWallet } from './support/wallet'

const DAY_MS = 86_400_000

/** A time as the form takes it: in India, where the devices are. */
const field = (ms: number) => new Date(ms + 19_800_000).toISOString().slice(0, 16)

interface NoticeNow {
  id: string
  feederId: string | null
  reason: string | null
  withdrawn: boolean
  changes: string | null
  changedBy: string | null
  isLate: boolean
}
const notices = async (areaId: string) =>
  (await query<{ notices: NoticeNow[] }>(inject('endpoints'), 'query($id: String!) { notices(areaId: $id) { id feederId reason withdrawn changes changedBy isLate } }', { id: areaId })).notices
const untilNotice = (areaId: string, what: string, is: (notice: NoticeNow) => boolean) => until(what, async () => (await notices(areaId)).find(is))

async function office(areaId: string) {
  const { rpc_url: rpcUrl, chain_id: chainId } = inject('endpoints')
  let wallet: TestWallet | undefined
  const opened = await open({ at: '#/officials', before: async ({ page }) => void (wallet = await injectWallet(page, { rpcUrl, chainId, key: officialKey(areaId, 1) })) })
  await opened.page.getByTestId('wallet').click()
  await opened.page.getByTestId('notice-form').waitFor()
  return { ...opened, wallet: wallet! }
}

async function write(page: Page, { feeder, start, hours, reason, payment = 'sponsored' }: { feeder: string; start: number; hours: number; reason: string; payment?: string }) {
  await page.getByTestId('notice-feeder').selectOption(feeder)
  await page.getByTestId('notice-start').fill(field(start))
  await page.getByTestId('notice-end').fill(field(start + hours * 3_600_000))
  await page.getByTestId('notice-back').fill(field(start + (hours + 1) * 3_600_000))
  await page.getByTestId('notice-reason').fill(reason)
  await page.getByTestId('notice-payment').selectOption(payment)
}

describe('a planned outage', () => {
  test('is announced, seen on the pages of feeder and area, changed and withdrawn', async () => {
    const site = await anySite()
    const { page } = await office(site.areaId)
    // What cannot be announced is said before anything is signed.
    await page.getByTestId('notice-announce').click()
    await expect.poll(() => page.getByTestId('notice-form').getByRole('alert').innerText()).toContain('reason')
    await write(page, { feeder: site.feederId, start: Date.now() + DAY_MS, hours: 3, reason: '<b>Tree cutting</b> पेड़' })
    await page.getByTestId('notice-announce').click()
    const first = await untilNotice(site.areaId, 'it is announced', ({ reason }) => reason === '<b>Tree cutting</b> पेड़')
    expect(first).toMatchObject({ feederId: site.feederId, isLate: false, withdrawn: false })

    const { page: reader } = await open({ at: `#/feeder/${site.feederId}` })
    const line = () => reader.getByTestId('notice-panel').getByTestId('notice').filter({ hasText: 'Tree cutting' })
    await expect.poll(() => line().innerText()).toContain('<b>Tree cutting</b> पेड़')
    expect(await line().getAttribute('data-state')).toBe('toCome')

    await page.getByTestId('official-notices').getByTestId('notice').filter({ hasText: 'Tree cutting' }).getByTestId('notice-change').click()
    await page.getByTestId('notice-reason').fill('Tree cutting, moved')
    await page.getByTestId('notice-announce').click()
    const second = await untilNotice(site.areaId, 'it is changed', ({ changes }) => changes === first.id)
    expect(second.reason).toBe('Tree cutting, moved')
    await page.getByTestId('official-notices').getByTestId('notice').filter({ hasText: 'moved' }).getByTestId('notice-withdraw').click()
    const third = await untilNotice(site.areaId, 'it is withdrawn', ({ changes }) => changes === second.id)
    expect(third.withdrawn).toBe(true)
    await reader.goto(reader.url().replace(/#.*/, `#/area/${site.areaId}`))
    await expect.poll(() => line().getAttribute('data-state')).toBe('withdrawn')
    await expect.poll(() => line().innerText()).toContain('It was changed.')
  })

  test('announced too late says so beside the complaint, and paid by the wallet its words arrive all the same', async () => {
    const site = await anySite()
    const { page, wallet } = await office(site.areaId)
    await write(page, { feeder: site.feederId, start: Date.now() - 3_600_000, hours: 4, reason: 'Load shedding', payment: 'direct' })
    await page.getByTestId('notice-late').waitFor()
    await page.getByTestId('notice-announce').click()
    const notice = await untilNotice(site.areaId, 'its words are there', ({ reason }) => reason === 'Load shedding')
    expect(notice.isLate).toBe(true)
    expect(wallet.asked).not.toContain('eth_signTypedData_v4')

    const { page: citizen } = await open({ at: `#/report?site=${site.siteId}` })
    const { id } = await fileHere(citizen, 'Off again.')
    await untilStands(id, 'FILED')
    await citizen.getByTestId('complaint').waitFor()
    await expect.poll(() => citizen.getByTestId('complaint').innerText()).toMatch(/Planned outage\.[^]*only after it had begun[^]*Load shedding/)
    // Nobody is left with it.
    await page.getByTestId('official-notices').getByTestId('notice').filter({ hasText: 'Load shedding' }).getByTestId('notice-withdraw').click()
    await untilNotice(site.areaId, 'it is withdrawn', ({ changes }) => changes === notice.id)
  })
})
