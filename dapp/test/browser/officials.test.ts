// The officials' side: a real key in a wallet that announces itself, or a passkey, against a real chain.
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { text } from 'node:stream/consumers'
import { JsonRpcProvider, Wallet } from 'ethers'
import type { Page } from 'playwright-core'
import { describe, expect, inject, test } from 'vitest'
import { OFFICIALS } from '../../app/complaint/contracts'
import { nameBytes32 } from '../../app/complaint/names'
import { anySite, complaintNow, fileHere, officialKey, untilStands } from './support/complaints'
import * as faults from './support/faults'
import { open } from './support/open'
import { deploySafe } from './support/safe'
import { until } from './support/until'
import { injectWallet, type TestWallet } from './support/wallet'

/** Opens a page with a wallet in it; by default that of the first official of the area. */
async function withWallet(key: string, at = '#/officials') {
  const { rpc_url: rpcUrl, chain_id: chainId } = inject('endpoints')
  let wallet: TestWallet | undefined
  const opened = await open({ at, before: async ({ page }) => void (wallet = await injectWallet(page, { rpcUrl, chainId, key })) })
  return { ...opened, wallet: wallet! }
}

/** Complaints that are acknowledged and closed together. */
const QUEUE = 20

/** Files so many complaints from one page, of the kind with this place in the form; gives their ids. */
async function file(count: number, kind = 0): Promise<{ ids: string[]; areaId: string }> {
  const site = await anySite()
  const { page, origin } = await open({ at: `#/report?site=${site.siteId}` })
  const ids: string[] = []
  for (let i = 0; i < count; i++) {
    await page.goto(`${origin.url}#/report?site=${site.siteId}`)
    ids.push((await fileHere(page, `Dark again, number ${i + 1}.`, kind)).id)
  }
  for (const id of ids) await untilStands(id, 'FILED')
  return { ids, areaId: site.areaId }
}

const signIn = async (page: Page) => {
  await page.getByTestId('wallet').click()
  await page.getByTestId('signed-in').waitFor()
}
/** A keyboard that moves by Tab alone, and remembers every key. */
function keyboardOf(page: Page) {
  /** Stops that a way through the page may have. */
  const MAX_STOPS = 300
  const keys = {
    pressed: [] as string[],
    async press(key: string) {
      keys.pressed.push(key)
      await page.keyboard.press(key)
    },
    async to(selector: string) {
      await page.locator(selector).first().waitFor()
      for (let stop = 0; stop < MAX_STOPS; stop++) {
        if (await page.evaluate((selector) => document.activeElement?.matches(selector) ?? false, selector)) return
        await keys.press('Tab')
      }
      throw new Error(`the keyboard does not reach ${selector}`)
    },
  }
  return keys
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

  test('words are signed that say where and what for; what is no signature of the account signs nobody in', async () => {
    const { areaId } = await anySite()
    const { page, wallet, origin } = await withWallet(officialKey(areaId, 1))
    await page.getByTestId('wallet').waitFor()
    wallet.refuseNext()
    await page.getByTestId('wallet').click()
    await expect.poll(() => page.getByTestId('session-problem').getAttribute('data-problem')).toBe('refused')
    expect(await page.getByTestId('signed-in').count()).toBe(0)
    await signIn(page)
    const words = wallet.said.at(-1)!
    expect(words).toMatch(new RegExp(`^127\\.0\\.0\\.1:${origin.port} wants you to sign in with your Ethereum account:\n${wallet.address}\n\n.*permits nothing.*\n\nURI: ${origin.url}\nVersion: 1\nChain ID: ${inject('endpoints').chain_id}\nNonce: [0-9a-f]{24}\nIssued At: 20`))
    await page.getByTestId('signed-in').locator('summary').click()
    expect(await page.getByTestId('signed-words').innerText()).toBe(words)
    // The service is told nothing of it.
    expect(origin.seen.filter(({ upstream, asked }) => upstream === 'graphql' && asked.includes(words.slice(0, 20)))).toEqual([])

    await page.getByTestId('signed-in').getByRole('button').click()
    wallet.forge()
    await page.getByTestId('wallet').click()
    await expect.poll(() => page.getByTestId('session-problem').getAttribute('data-problem')).toBe('notSigned')
    expect(await page.getByTestId('signed-in').count()).toBe(0)
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
    await page.getByTestId('act-note').fill('A crew is on its way: बीस मिनट।')
    await page.getByTestId('act-sign').click()
    await expect.poll(() => job(page).getAttribute('data-state')).toBe('final')
    expect(wallet.asked.filter((method) => method === 'eth_signTypedData_v4')).toEqual([])
    await untilStands(id!, 'ACKNOWLEDGE')
    // The chain has a hash only: the words are handed in by themselves.
    await until('the words are there', async () => (await complaintNow(id!))!.actions.at(-1)!.note === 'A crew is on its way: बीस मिनट।')
    expect(await page.evaluate(() => localStorage.getItem('power-tracker-words'))).toBe('[]')
  })

  test('a complaint is looked at beside its sensors and a map', async () => {
    const { ids: [id], areaId } = await file(1)
    const { page } = await withWallet(officialKey(areaId, 1))
    await signIn(page)
    await page.locator('[data-testid="queue-line"]', { has: page.locator(`[id="${id}"]`) }).getByRole('button').click()
    await page.getByTestId('complaint-sensors').waitFor()
    await page.locator('[data-testid="small-map"] canvas').first().waitFor()
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

  test('twenty complaints are acknowledged and closed by keyboard alone, three actions and one signature each time', async () => {
    const { ids, areaId } = await file(QUEUE, 1)
    const { page, wallet } = await withWallet(officialKey(areaId, 1))
    const keys = keyboardOf(page)
    await keys.to('[data-testid="wallet"]')
    await keys.press('Enter')
    // Only their kind: other tests file in the same area.
    await keys.to('[data-testid="filter-kind"]')
    const kind = (await complaintNow(ids[0]!))!.class
    await expect.poll(() => page.locator(`[data-testid="filter-kind"] option[value="${kind}"]`).count()).toBe(1)
    while ((await page.getByTestId('filter-kind').inputValue()) !== kind) await keys.press('ArrowDown')
    await expect.poll(() => page.getByTestId('queue-line').count()).toBe(QUEUE)
    for (const [act, stands] of [['acknowledge', 'ACKNOWLEDGE'], ['resolve_not_fixed', 'RESOLVE_NOT_FIXED']] as const) {
      await expect.poll(() => page.locator(`[data-testid="queue-line"][data-last="${act === 'acknowledge' ? 'FILED' : 'ACKNOWLEDGE'}"]`).count()).toBe(QUEUE)
      keys.pressed = []
      await keys.to('[data-testid="choose-all"]')
      await keys.press('Space')
      await keys.to('[name="act"]')
      // Space chooses the first of what may be done, arrows the next ones, as browsers have it.
      for (let key = act === 'acknowledge' ? 'Space' : 'ArrowDown'; !(await page.getByTestId(`act-${act}`).isChecked()); key = 'ArrowDown') await keys.press(key)
      await keys.to('[data-testid="act-sign"]')
      await keys.press('Enter')
      // Chosen, decided, signed: three actions for all twenty together; every other key is a step to the next stop.
      expect(keys.pressed.filter((key) => key !== 'Tab').length).toBe(3)
      await expect.poll(() => job(page).getAttribute('data-state')).toMatch(/mined|final/)
      for (const id of ids) await untilStands(id, stands)
    }
    expect(wallet.asked.filter((method) => method === 'eth_signTypedData_v4').length).toBe(2)
  })
})

test('a wallet that is a contract signs in, acknowledges and closes (ERC-1271)', async () => {
  const { ids: [id], areaId } = await file(1)
  const { rpc_url: rpcUrl, chain_id: chainId, contracts, officials } = inject('endpoints')
  const node = new JsonRpcProvider(rpcUrl, chainId, { staticNetwork: true, pollingInterval: 100, cacheTimeout: -1 })
  const owner = Wallet.createRandom()
  const admin = new Wallet(readFileSync(join(dirname(dirname(officials[0]!.key_file)), 'keys/admin.key'), 'utf8').trim(), node)
  const safe = await deploySafe(owner.address, admin)
  const untilUnixS = Math.floor(Date.now() / 1000) + 86_400
  await (await admin.sendTransaction({ to: contracts.officials, data: OFFICIALS.encodeFunctionData('grant', [nameBytes32(areaId), safe, 1, 0, untilUnixS]) })).wait()

  let wallet: TestWallet | undefined
  const { page } = await open({ at: '#/officials', before: async ({ page }) => void (wallet = await injectWallet(page, { rpcUrl, chainId, key: owner.privateKey, safe })) })
  await signIn(page)
  for (const [act, stands] of [['acknowledge', 'ACKNOWLEDGE'], ['resolve_fixed', 'RESOLVE_FIXED']] as const) {
    await page.locator(`[data-testid="queue-line"][data-last="${act === 'acknowledge' ? 'FILED' : 'ACKNOWLEDGE'}"] [id="${id}"]`).check()
    await page.getByTestId(`act-${act}`).check()
    await page.getByTestId('act-sign').click()
    const done = await untilStands(id!, stands)
    expect(done.actions.at(-1)!.signer.toLowerCase()).toBe(safe.toLowerCase())
    await expect.poll(() => job(page).getAttribute('data-state')).toMatch(/mined|final/)
  }
  expect(wallet!.asked).not.toContain('eth_sendTransaction')
})

test('the register of the area counts what was done, and the trail is taken along with its transactions', async () => {
  const { areaId } = await anySite()
  const { page } = await open({ at: `#/scorecard/${areaId}` })
  await page.getByTestId('register').waitFor()
  const numbers = await page.getByTestId('register').locator('tbody tr').evaluateAll((rows) => rows.map((row) => [...row.querySelectorAll('td')].map((cell) => Number(cell.textContent!.replace(/\D/g, '')))))
  const [pendingBefore, received, , redressed, a, b, c, d, , , , pending] = numbers as [number[], number[], number[], number[], number[], number[], number[], number[], number[], number[], number[], number[]]
  for (const column of [0, 1]) {
    expect(a[column]! + b[column]! + c[column]! + d[column]!).toBe(redressed[column])
    expect(pendingBefore[column]! + received[column]! - redressed[column]!).toBe(pending[column])
  }
  expect(received[0]! + received[1]!).toBeGreaterThan(0)
  // By substation: the cards of all of them add up to the area's, as every complaint here names a place.
  const stations = await page.getByTestId('register-station').locator('option').evaluateAll((options) => options.map((option) => (option as HTMLOptionElement).value).filter((value) => value !== ''))
  let sum = 0
  for (const station of stations) {
    await page.getByTestId('register-station').selectOption(station)
    await expect.poll(() => page.url()).toContain(`station=${station}`)
    await page.getByTestId('register').waitFor()
    const cells = await page.getByTestId('register').locator('tbody tr').nth(1).locator('td').allInnerTexts()
    sum += cells.reduce((all, cell) => all + Number(cell.replace(/\D/g, '')), 0)
  }
  expect(stations.length).toBeGreaterThan(0)
  expect(sum).toBe(received[0]! + received[1]!)
  await page.getByTestId('register-station').selectOption('')
  const [file] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'CSV' }).click()])
  const csv = await text(await file.createReadStream())
  expect(csv.split('\r\n').filter((line) => /,0x[0-9a-f]{64},\d+,(true|false)$/.test(line)).length).toBeGreaterThan(0)
  // Of one official: only the openings that it closed, or took on.
  const wallet = (await page.locator('#register-official option').evaluateAll((options) => options.map((option) => (option as HTMLOptionElement).value))).find((value) => value !== '')!
  await page.locator('#register-official').selectOption(wallet)
  await expect.poll(() => page.url()).toContain('official=')
  await page.getByTestId('register').waitFor()
  const [own] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'JSON' }).click()])
  const theirs = JSON.parse(await text(await own.createReadStream())) as { official: string; is_cut: boolean; events: { complaint_id: string; event: string; signer: string }[] }
  expect([theirs.official, theirs.is_cut]).toEqual([wallet, false])
  for (const id of new Set(theirs.events.map((row) => row.complaint_id))) {
    const acts = theirs.events.filter((row) => row.complaint_id === id && /^(resolve|reject|acknowledge)/.test(row.event))
    expect(acts.some(({ signer }) => signer.toLowerCase() === wallet.toLowerCase())).toBe(true)
  }
})
