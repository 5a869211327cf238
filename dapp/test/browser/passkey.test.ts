// An official without a wallet: a passkey of the browser's virtual authenticator, its account on the real chain.
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, inject, test } from 'vitest'
import { anySite, fileHere, untilMined, untilStands } from './support/complaints'
import { open } from './support/open'
import { injectWallet } from './support/wallet'

const AUTHENTICATOR = { options: { protocol: 'ctap2' as const, transport: 'internal' as const, hasResidentKey: true, hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true } }

test('a passkey is made, granted by the administrator in the page, and acts', async () => {
  const site = await anySite()
  const { page: citizen } = await open({ at: `#/report?site=${site.siteId}` })
  const { id } = await fileHere(citizen, 'The fuse at the corner is gone.')
  await untilMined(citizen)
  await untilStands(id, 'FILED')

  // Browsers give passkeys to names, not to addresses in numbers.
  const { page, context } = await open({ at: '#/officials', before: ({ origin }) => origin.named('localhost') })
  const device = await context.newCDPSession(page)
  await device.send('WebAuthn.enable')
  const { authenticatorId } = await device.send('WebAuthn.addVirtualAuthenticator', AUTHENTICATOR)
  await page.getByTestId('passkey').click()
  await page.getByTestId('no-role').waitFor()
  const account = await page.getByTestId('own-address').innerText()
  const kept = await page.evaluate(() => JSON.parse(localStorage.getItem('power-tracker-passkey')!) as { x: string; y: string })

  // The administrator opens the official's link.
  const folder = dirname(dirname(inject('endpoints').officials[0]!.key_file))
  const { rpc_url: rpcUrl, chain_id: chainId } = inject('endpoints')
  const key = readFileSync(join(folder, 'keys/admin.key'), 'utf8').trim()
  const { page: office } = await open({
    at: `#/administration?wallet=${account}&x=${kept.x}&y=${kept.y}&area=${site.areaId}`,
    before: async ({ page }) => void (await injectWallet(page, { rpcUrl, chainId, key })),
  })
  await office.getByTestId('wallet').click()
  expect(await office.getByTestId('grant-wallet').inputValue()).toBe(account)
  await office.getByTestId('grant').click()
  await expect.poll(() => office.locator('[data-testid="job"][data-state="mined"], [data-testid="job"][data-state="final"]').count()).toBe(2)
  await expect.poll(() => office.getByTestId('grants').innerText()).toContain(account.toLowerCase())

  await page.reload()
  await page.getByTestId('passkey').click()
  await page.locator(`[id="${id}"]`).check()
  await page.getByTestId('act-acknowledge').check()
  // It sends nothing itself, so there is nothing to choose.
  expect(await page.getByTestId('payment').count()).toBe(0)
  await page.getByTestId('act-sign').click()
  const taken = await untilStands(id, 'ACKNOWLEDGE')
  expect(taken.actions.at(-1)!.signer.toLowerCase()).toBe(account.toLowerCase())

  // Another browser that has the same passkey, as a synchronised one would be, and has never seen this page.
  const elsewhere = await open({ at: '#/officials', before: ({ origin }) => origin.named('localhost') })
  const other = await elsewhere.context.newCDPSession(elsewhere.page)
  await other.send('WebAuthn.enable')
  const { authenticatorId: there } = await other.send('WebAuthn.addVirtualAuthenticator', AUTHENTICATOR)
  const { credentials } = await device.send('WebAuthn.getCredentials', { authenticatorId })
  for (const credential of credentials) await other.send('WebAuthn.addCredential', { authenticatorId: there, credential })
  await elsewhere.page.getByTestId('other-passkey').click()
  await elsewhere.page.getByTestId('signed-in').waitFor()
  expect(await elsewhere.page.getByTestId('signed-in').innerText()).toContain(account)
  await elsewhere.page.locator(`[id="${id}"]`).check()
  await elsewhere.page.getByTestId('act-resolve_not_fixed').check()
  await elsewhere.page.getByTestId('act-sign').click()
  expect((await untilStands(id, 'RESOLVE_NOT_FIXED')).actions.at(-1)!.signer.toLowerCase()).toBe(account.toLowerCase())
})

test('a passkey whose account is not on the chain yet is found on another browser by two signatures', async () => {
  const { page, context } = await open({ at: '#/officials', before: ({ origin }) => origin.named('localhost') })
  const device = await context.newCDPSession(page)
  await device.send('WebAuthn.enable')
  await device.send('WebAuthn.addVirtualAuthenticator', AUTHENTICATOR)
  await page.getByTestId('passkey').click()
  const account = await page.getByTestId('own-address').innerText()
  await page.evaluate(() => localStorage.clear())
  await page.reload()
  await page.getByTestId('other-passkey').click()
  expect(await page.getByTestId('own-address').innerText()).toBe(account)
})
