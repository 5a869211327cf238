// A complaint from the citizen's side: filed without a wallet, followed by its link, joined by others, never lost.
import { describe, expect, inject, test } from 'vitest'
import { anySite, complaintNow, fileHere, officialKey, untilMined, untilStands } from './support/complaints'
import * as faults from './support/faults'
import { PHONE, open } from './support/open'
import { finalSite } from './support/scene'
import { until } from './support/until'
import { injectWallet } from './support/wallet'

const wallet = () => ({ rpcUrl: inject('endpoints').rpc_url, chainId: inject('endpoints').chain_id })

/** Opens the officials' panel in a browser of its own and acts on one complaint. */
export async function actOn(id: string, areaId: string, act: string, note: string) {
  const opened = await open({ at: '#/officials', before: async ({ page }) => void (await injectWallet(page, { ...wallet(), key: officialKey(areaId, 1) })) })
  const { page } = opened
  await page.getByTestId('wallet').click()
  await page.locator(`[id="${id}"]`).check()
  await page.getByTestId(`act-${act}`).check()
  await page.getByTestId('act-note').fill(note)
  await page.getByTestId('act-sign').click()
  await page.locator('[data-testid="job"][data-state="mined"], [data-testid="job"][data-state="final"]').first().waitFor()
  return opened
}

describe('a complaint', () => {
  test('is filed on a phone, closed by an official, reopened from another browser by its link, and closed again', async () => {
    const site = await anySite()
    const { page } = await open({ at: `#/site/${site.siteId}`, context: PHONE })
    await page.getByTestId('report-link').click()
    await page.getByTestId('report-form').waitFor()
    const { id, link } = await fileHere(page, '<script>alert(1)</script> No power since noon\nबिजली नहीं')
    await untilMined(page)
    await untilStands(id, 'FILED')
    await expect.poll(() => page.getByTestId('complaint-text').innerText()).toBe('<script>alert(1)</script> No power since noon\nबिजली नहीं')
    expect(await page.getByTestId('complaint-clock').innerText()).toMatch(/left; the turn of level 1/)

    await actOn(id, site.areaId, 'resolve_fixed', 'Line mended at the pole.')
    const closed = await untilStands(id, 'RESOLVE_FIXED')
    expect(closed.actions.map(({ kind, note }) => [kind, note])).toEqual([['FILED', null], ['RESOLVE_FIXED', 'Line mended at the pole.']])

    // Another browser, with nothing but the link.
    const { page: other, origin } = await open({ at: link.slice(link.indexOf('#')) })
    await other.getByTestId('complaint-say').locator('textarea').fill('Dark again since this morning.')
    await other.getByTestId('complaint-reopen').click()
    await untilMined(other)
    // A citizen's words have a salt around them, so that they can be erased; people read the words.
    expect((await untilStands(id, 'REOPEN')).actions.at(-1)!.note).toMatch(/^\{"salt":"[0-9a-f]{32}","text":"Dark again since this morning\.","version":1\}$/)
    await expect.poll(() => other.getByTestId('complaint-history').innerText()).toMatch(/\nDark again since this morning\.\n/)
    // The key went to no server.
    const key = /key=([0-9a-f]{64})/.exec(link)![1]!
    expect(origin.seen.filter(({ path, asked }) => path.includes(key) || asked.includes(key))).toEqual([])

    await actOn(id, site.areaId, 'resolve_not_fixed', 'Waits for a spare part.')
    await untilStands(id, 'RESOLVE_NOT_FIXED')
    await other.reload()
    await expect.poll(() => other.getByTestId('complaint-stands').innerText()).toContain('Closed, not fixed')
    await expect.poll(() => other.getByTestId('complaint-event').count()).toBe(4)
  })

  test('carries evidence by itself, which another browser checks from chain and IPFS alone', async () => {
    const site = await finalSite()
    const { page } = await open({ at: `#/report?site=${site.siteId}` })
    const { id } = await fileHere(page, 'Off since the storm.')
    expect(await page.getByTestId('delivery-evidence').innerText()).toMatch(/With evidence: \d+ anchored reading/)
    await untilMined(page)
    await untilStands(id, 'FILED')

    const { page: reader, origin } = await open({ at: `#/complaint/${id}` })
    await reader.getByTestId('evidence-check').waitFor()
    // Only what names chain and contracts is the service's word, and the steps hold none of the rest.
    origin.faults = { graphql: faults.data((data) => faults.rewrite(data, (key) => (key === 'evidence' ? null : undefined))) }
    await reader.getByTestId('evidence-check').click()
    const verdict = reader.getByTestId('evidence-verdict')
    // It is on IPFS a moment after the chain has the complaint.
    await until('the evidence is proven', async () => {
      if ((await verdict.getAttribute('data-verdict')) === 'proven') return true
      if ((await verdict.getAttribute('data-verdict')) === 'unchecked') await verdict.getByRole('button', { name: 'Check again' }).click()
      return false
    })
    expect(await verdict.getByRole('heading').first().innerText()).toMatch(/^\d+ records?, anchored and signed$/)
    expect(await reader.locator('[data-testid^="proof-step-"][data-status="passed"]').count()).toBe(6)

    // Bytes that are changed on the way, and a chain with another root: each its own step.
    origin.faults = { ipfs: faults.oneByte(() => true) }
    await verdict.getByRole('button', { name: 'Check again' }).click()
    await expect.poll(() => reader.getByTestId('proof-step-evidence').getAttribute('data-status')).toBe('failed')
    expect(await verdict.getAttribute('data-verdict')).toBe('notProven')
    // Another text than was filed: the number does not fit.
    origin.faults = { graphql: faults.data((data) => faults.rewrite(data, (key) => (key === 'textDigest' ? 'ab'.repeat(32) : undefined))) }
    await reader.reload()
    await reader.getByTestId('evidence-check').click()
    await expect.poll(() => reader.getByTestId('proof-step-filing').getAttribute('data-status')).toBe('failed')
    expect(await reader.getByTestId('evidence-verdict').innerText()).toContain('not what was filed')
  })

  test('is joined by others, once, without a key of theirs being asked for', async () => {
    const site = await anySite()
    const { page } = await open({ at: `#/report?site=${site.siteId}` })
    const { id } = await fileHere(page, 'Half of the street is dark.')
    await untilMined(page)
    const { page: other } = await open({ at: `#/complaint/${id}` })
    await other.getByTestId('complaint-affected').click()
    await untilMined(other)
    await until('it is counted', async () => (await complaintNow(id))?.affectedToo === 1)
    await expect.poll(() => other.getByTestId('complaint-affected').isDisabled()).toBe(true)
    // It is offered to whoever is about to file the same.
    const { page: third } = await open({ at: `#/report?site=${site.siteId}` })
    await expect.poll(() => third.getByTestId('report-open').innerText()).toContain(site.locality)
  })

  test('typed without a network is kept over a reload, and sent by itself later', async () => {
    const site = await anySite()
    const { page, context, origin } = await open({ at: `#/report?site=${site.siteId}` })
    await page.getByTestId('report-form').waitFor()
    origin.faults = { graphql: async () => ({ status: 502, headers: {}, body: Buffer.from('') }) }
    const { id } = await fileHere(page, 'Typed in the dark.')
    expect(await page.getByTestId('delivery-evidence').innerText()).toContain('Without evidence')
    await expect.poll(() => page.getByTestId('complaint-delivery').getAttribute('data-state')).toBe('waiting')
    await page.reload()
    await expect.poll(() => page.getByTestId('complaint-delivery').getAttribute('data-state')).toBe('waiting')
    expect(await complaintNow(id)).toBeNull()
    origin.faults = {}
    await context.setOffline(true)
    await context.setOffline(false)
    await untilMined(page)
    await untilStands(id, 'FILED')
  })
})
