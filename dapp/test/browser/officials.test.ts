// The officials' side: a real key in a wallet that announces itself, or a passkey, against a real chain.
import { text } from 'node:stream/consumers'
import { Wallet } from 'ethers'
import type { Page } from 'playwright-core'
import { describe, expect, inject, test } from 'vitest'
import { anySite, complaintNow, fileHere, officialKey, untilMined, untilStands } from './support/complaints'
import * as faults from './support/faults'
import { open } from './support/open'
import { injectWallet, type TestWallet } from './support/wallet'

/** Opens a page with a wallet in it; by default that of the first official of the area. */
async function withWallet(key: string, at = '#/officials') {
  const { rpc_url: rpcUrl, chain_id: chainId } = inject('endpoints')
  let wallet: TestWallet | undefined
  const opened = await open({ at, before: async ({ page }) => void (wallet = await injectWallet(page, { rpcUrl, chainId, key })) })
  return { ...opened, wallet: wallet! }
}

/** Complaints that are closed together. */
const QUEUE = 5
/** Pages that file at the same time: each sends one complaint after the other. */
const FILING_PAGES = 5

/** Files so many complaints; gives their ids. */
async function file(count: number): Promise<{ ids: string[]; areaId: string }> {
  const site = await anySite()
  const pages = Math.min(FILING_PAGES, count)
  const filed = await Promise.all(
    Array.from({ length: pages }, async (_, first) => {
      const { page } = await open({ at: `#/report?site=${site.siteId}` })
      const ids: string[] = []
      for (let i = first; i < count; i += pages) {
        await page.goto(page.url().replace(/#.*/, `#/report?site=${site.siteId}`))
        ids.push((await fileHere(page, `Dark again, number ${i + 1}.`)).id)
      }
      await untilMined(page)
      return ids
    }),
  )
  const ids = filed.flat()
  for (const id of ids) await untilStands(id, 'FILED')
  return { ids, areaId: site.areaId }
}

const signIn = async (page: Page) => {
  await page.getByTestId('wallet').click()
  await page.getByTestId('signed-in').waitFor()
}
const choose = (page: Page, id: string) => page.locator(`[id="${id}"]`).check()
const job = (page: Page) => page.getByTestId('job').first()
const problem = (page: Page) => job(page).getAttribute('data-problem')

describe('signing in', () => {
  test('an account without a grant is told what to send to whom', async () => {
    const stranger = Wallet.createRandom()
    const { page, wallet } = await withWallet(stranger.privateKey)
    // Nothing is asked of a wallet that was not chosen.
    await page.getByTestId('wallet').waitFor()
    expect(wallet.asked).toEqual([])
    await signIn(page)
    await page.getByTestId('no-role').waitFor()
    expect(await page.getByTestId('own-address').innerText()).toBe(stranger.address)
    expect(await page.getByTestId('no-role').locator('svg path').getAttribute('d')).toMatch(/^(M\d+ \d+h1v1h-1z){200,}$/)
    await page.goto(page.url().replace('officials', 'administration'))
    await page.getByTestId('not-administrator').waitFor()
    expect(await page.getByTestId('grants').innerText()).toContain('in force')
    expect(await page.getByTestId('clocks').innerText()).toMatch(/Transformer/)
  })

  test('on another chain it offers to change to this one, and to add it where the wallet does not know it', async () => {
    const { areaId } = await anySite()
    const { page, wallet } = await withWallet(officialKey(areaId, 1))
    await signIn(page)
    await wallet.moveTo(1, false)
    await page.getByTestId('wrong-chain').getByRole('button').click()
    await expect.poll(() => page.getByTestId('wrong-chain').count()).toBe(0)
    expect(wallet.asked).toContain('wallet_addEthereumChain')
  })
})

describe('acting', () => {
  test('refused, another account, no connection: each its own message, and what was typed stays', async () => {
    const { ids: [id], areaId } = await file(1)
    const { page, wallet } = await withWallet(officialKey(areaId, 1))
    await signIn(page)
    await choose(page, id!)
    await page.getByTestId('act-acknowledge').check()
    await page.getByTestId('act-note').fill('A crew is on its way.')
    wallet.refuseNext()
    await page.getByTestId('act-sign').click()
    await expect.poll(() => problem(page)).toBe('refused')
    expect(await page.getByTestId('act-note').inputValue()).toBe('A crew is on its way.')
    expect((await complaintNow(id!))!.lastAction).toBe('FILED')

    await wallet.choose(officialKey(areaId, 2))
    await expect.poll(() => page.getByTestId('session-problem').getAttribute('data-problem')).toBe('changedAccount')
    await wallet.choose(officialKey(areaId, 1))
    await signIn(page)
    await choose(page, id!)
    expect(await page.getByTestId('act-note').inputValue()).toBe('A crew is on its way.')
    await wallet.disconnect()
    await page.getByTestId('act-acknowledge').check()
    await page.getByTestId('act-sign').click()
    await expect.poll(() => problem(page)).toBe('disconnected')
    expect((await complaintNow(id!))!.lastAction).toBe('FILED')
  })

  test('by its own transaction; one that is replaced says so', async () => {
    const { ids: [id], areaId } = await file(1)
    const { page, wallet } = await withWallet(officialKey(areaId, 2))
    await signIn(page)
    await choose(page, id!)
    await page.getByTestId('act-acknowledge').check()
    await page.getByTestId('payment').selectOption('direct')
    wallet.replaceNext()
    await page.getByTestId('act-sign').click()
    await expect.poll(() => problem(page)).toBe('replaced')
    await choose(page, id!)
    await page.getByTestId('act-acknowledge').check()
    await page.getByTestId('act-sign').click()
    await expect.poll(() => job(page).getAttribute('data-state')).toBe('final')
    expect(wallet.asked.filter((method) => method === 'eth_signTypedData_v4')).toEqual([])
    await untilStands(id!, 'ACKNOWLEDGE')
  })

  test('somebody else acted in between: the chain\'s refusal in words, and nothing is signed', async () => {
    const { ids: [id], areaId } = await file(1)
    const first = await withWallet(officialKey(areaId, 1))
    const second = await withWallet(officialKey(areaId, 2))
    for (const { page, origin } of [second, first]) {
      await signIn(page)
      await choose(page, id!)
      await page.getByTestId('act-reject').check()
      // What the second one sees stays as it is.
      if (page === second.page) origin.faults = { graphql: faults.away }
    }
    await first.page.getByTestId('act-sign').click()
    await expect.poll(() => job(first.page).getAttribute('data-state')).toMatch(/mined|final/)
    await untilStands(id!, 'REJECT')
    await second.page.getByTestId('act-sign').click()
    await expect.poll(() => problem(second.page)).toBe('WrongIndex')
    expect(second.wallet.asked).not.toContain('eth_signTypedData_v4')
  })

  test('a queue of complaints is acknowledged and closed by keyboard alone, with one signature each time', async () => {
    const { ids, areaId } = await file(QUEUE)
    const { page, wallet } = await withWallet(officialKey(areaId, 1))
    await page.getByTestId('wallet').focus()
    await page.keyboard.press('Enter')
    for (const [act, stands] of [['acknowledge', 'ACKNOWLEDGE'], ['resolve_not_fixed', 'RESOLVE_NOT_FIXED']] as const) {
      await expect.poll(() => page.locator(`[data-testid="queue-line"]`).count()).toBeGreaterThanOrEqual(QUEUE)
      for (const id of ids) {
        await page.locator(`[id="${id}"]`).focus()
        await page.keyboard.press('Space')
      }
      await page.getByTestId(`act-${act}`).focus()
      await page.keyboard.press('Space')
      await page.getByTestId('act-note').focus()
      await page.keyboard.type('All on one feeder.')
      await page.getByTestId('act-sign').focus()
      await page.keyboard.press('Enter')
      await expect.poll(() => job(page).getAttribute('data-state')).toMatch(/mined|final/)
      for (const id of ids) await untilStands(id, stands)
      await page.reload()
      if (act === 'acknowledge') {
        await page.getByTestId('wallet').focus()
        await page.keyboard.press('Enter')
      }
    }
    expect(wallet.asked.filter((method) => method === 'eth_signTypedData_v4').length).toBe(2)
  })
})

test('the register of the area counts what was done, and the trail is taken along with its transactions', async () => {
  const { areaId } = await anySite()
  const { page } = await open({ at: `#/scorecard/${areaId}` })
  await page.getByTestId('register').waitFor()
  const numbers = await page.getByTestId('register').locator('tbody tr').evaluateAll((rows) => rows.map((row) => [...row.querySelectorAll('td')].map((cell) => Number(cell.textContent!.replace(/\D/g, '')))))
  const [pendingBefore, received, redressed, a, b, c, d, pending] = numbers as [number[], number[], number[], number[], number[], number[], number[], number[]]
  for (const column of [0, 1]) {
    expect(a[column]! + b[column]! + c[column]! + d[column]!).toBe(redressed[column])
    expect(pendingBefore[column]! + received[column]! - redressed[column]!).toBe(pending[column])
  }
  expect(received[0]! + received[1]!).toBeGreaterThan(0)
  const [file] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'CSV' }).click()])
  const csv = await text(await file.createReadStream())
  expect(csv.split('\r\n').filter((line) => /,0x[0-9a-f]{64},\d+,(true|false)$/.test(line)).length).toBeGreaterThan(0)
})
