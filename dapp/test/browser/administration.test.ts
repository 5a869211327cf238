// The administrator's side, with the real key of the devnet's administrator, and for a multisig that is elsewhere.
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { Wallet } from 'ethers'
import { expect, inject, test } from 'vitest'
import { OFFICIALS } from '../../app/complaint/contracts'
import { nameBytes32 } from '../../app/complaint/names'
import { query } from './support/ask'
import { anySite } from './support/complaints'
import { open } from './support/open'
import { areas } from './support/scene'
import { until } from './support/until'
import { injectWallet } from './support/wallet'

const adminKey = () => readFileSync(join(dirname(dirname(inject('endpoints').officials[0]!.key_file)), 'keys/admin.key'), 'utf8').trim()

async function administration(areaId: string, key = adminKey()) {
  const { rpc_url: rpcUrl, chain_id: chainId } = inject('endpoints')
  const opened = await open({ at: `#/administration?area=${areaId}`, before: ({ page }) => injectWallet(page, { rpcUrl, chainId, key }) })
  await opened.page.getByTestId('wallet').click()
  await opened.page.getByTestId('signed-in').waitFor()
  return opened.page
}

interface Grant { wallet: string; level: number; untilUnixS: number; revokedAtUnixS: number | null; isInForce: boolean; areaId: string | null }
const grants = async (areaId: string) =>
  (await query<{ officials: Grant[] }>(inject('endpoints'), 'query($id: String!) { officials(areaId: $id) { wallet level untilUnixS revokedAtUnixS isInForce areaId } }', { id: areaId })).officials
const grantOf = async (areaId: string, wallet: string) => (await grants(areaId)).find((one) => one.wallet.toLowerCase() === wallet.toLowerCase())

test('a lost key is replaced by one button: its grant ends, and the new account has the same level and end', async () => {
  const { areaId } = await anySite()
  const [lost, fresh] = [Wallet.createRandom().address, Wallet.createRandom().address]
  const page = await administration(areaId)
  await page.getByTestId('grant-wallet').fill(lost)
  await page.getByTestId('grant').click()
  const before = await until('the grant is there', () => grantOf(areaId, lost))
  const line = page.getByTestId('grant-line').filter({ hasText: new RegExp(lost, 'i') })
  await line.getByTestId('replace').click()
  await page.getByTestId('replace-wallet').fill(lost)
  await page.getByTestId('do-replace').click()
  await expect.poll(() => page.getByTestId('replace-form').getByRole('alert').innerText()).toContain('another account')
  await page.getByTestId('replace-wallet').fill(fresh)
  await page.getByTestId('do-replace').click()
  const after = await until('the new grant is there', () => grantOf(areaId, fresh))
  expect(after).toMatchObject({ level: before.level, untilUnixS: before.untilUnixS, areaId, revokedAtUnixS: null })
  await until('the old one is over', async () => (await grantOf(areaId, lost))!.revokedAtUnixS !== null)
  await expect.poll(() => line.innerText()).toContain('revoked')
})

test('rosters are listed as the chain has them', async () => {
  const { areaId } = await anySite()
  const { area } = await query<{ area: { roster: { version: number; digest: string } } }>(inject('endpoints'), 'query($id: String!) { area(id: $id) { roster { version digest } } }', { id: areaId })
  const { page } = await open({ at: `#/administration?area=${areaId}` })
  const first = page.getByTestId('rosters').locator('tbody tr').first()
  await first.waitFor()
  expect(await first.locator('td').first().innerText()).toContain(String(area.roster.version))
  expect(await first.locator('code').getAttribute('title')).toBe(area.roster.digest)
})

test('another schedule is assigned, gets a class that was not there, and the area goes back to its own', async () => {
  const used = (await anySite()).areaId
  // Others file in that one meanwhile.
  const { areaId } = (await areas()).find((area) => area.areaId !== used)!
  const page = await administration(areaId)
  const clocks = page.getByTestId('clocks')
  await clocks.waitFor()
  const own = /the schedule ([a-z0-9-]+)\./.exec(await clocks.innerText())![1]!
  const assign = async (name: string) => {
    await page.getByTestId('schedule').locator('input').fill(name)
    await page.getByTestId('schedule').getByRole('button').click()
    await expect.poll(() => clocks.innerText()).toContain(`the schedule ${name}.`)
  }
  await page.getByTestId('schedule').locator('input').fill(own)
  await page.getByTestId('schedule').getByRole('button').click()
  await expect.poll(() => page.getByTestId('schedule').getByRole('alert').innerText()).toContain('another schedule')
  await assign('browser-test')
  await page.getByTestId('clock-kind').selectOption('+')
  await page.getByTestId('clock-new').fill('Street light')
  await page.getByTestId('clock-hours').fill('5')
  await page.getByTestId('clock-set').click()
  await expect.poll(() => clocks.getByRole('alert').innerText()).toContain('new name')
  await page.getByTestId('clock-new').fill('street-light')
  await page.getByTestId('clock-set').click()
  await expect.poll(() => clocks.innerText()).toMatch(/street-light[^]*5 h/)
  expect(own).not.toBe('browser-test')
  await assign(own)
})

test('who may not act itself gets the calls for a multisig, and nothing is sent', async () => {
  const { areaId } = await anySite()
  const [stranger, official] = [Wallet.createRandom(), Wallet.createRandom().address]
  const page = await administration(areaId, stranger.privateKey)
  await page.getByTestId('not-administrator').waitFor()
  expect(await page.getByTestId('grant-form').count()).toBe(0)
  await page.getByTestId('prepare').click()
  await page.getByTestId('grant-wallet').fill(official)
  await page.getByTestId('grant').click()
  const call = page.getByTestId('admin-call').first()
  expect((await call.getByTestId('call-to').inputValue()).toLowerCase()).toBe(inject('endpoints').contracts.officials.toLowerCase())
  const { name, args } = OFFICIALS.parseTransaction({ data: await call.getByTestId('call-data').inputValue() })!
  expect([name, args.area, args.wallet, Number(args.level), Number(args.from)]).toEqual(['grant', nameBytes32(areaId), official, 1, 0])
  expect(await page.getByTestId('job').count()).toBe(0)
  expect(await grantOf(areaId, official)).toBeUndefined()
})
