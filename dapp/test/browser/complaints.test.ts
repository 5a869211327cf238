// A complaint from the citizen's side: filed without a wallet, followed by its link, joined by others, never lost.
import { text } from 'node:stream/consumers'
import { describe, expect, inject, test } from 'vitest'
import { anySite, complaintNow, fileHere, officialKey, untilMined, untilStands } from './support/complaints'
import * as faults from './support/faults'
import { fileDirectly } from './support/file'
import { PHONE, open } from './support/open'
import { finalSite } from './support/scene'
import { until } from './support/until'
import { injectWallet } from './support/wallet'

const wallet = () => ({ rpcUrl: inject('endpoints').rpc_url, chainId: inject('endpoints').chain_id })

/** From opening the form until the service has the complaint; far above what it takes. */
const MAX_FILING_MS = 60_000

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
    const openedMs = Date.now()
    await page.getByTestId('report-link').click()
    await page.getByTestId('report-form').waitFor()
    const { id, link } = await fileHere(page, '<script>alert(1)</script> No power since noon\nबिजली नहीं')
    await page.locator('[data-testid="complaint-delivery"]:not([data-state="waiting"])').first().waitFor()
    const tookMs = Date.now() - openedMs
    console.log(`from opening the form to handed in, on a phone: ${tookMs} ms`)
    expect(tookMs).toBeLessThan(MAX_FILING_MS)
    await untilMined(page)
    await untilStands(id, 'FILED')
    await expect.poll(() => page.getByTestId('complaint-text').innerText()).toBe('<script>alert(1)</script> No power since noon\nबिजली नहीं')
    expect(await page.getByTestId('complaint-clock').innerText()).toMatch(/left; an official of level 1 must act/)

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

    // Bytes that are changed on the way, another text than was filed: each fails at its own step, in a browser that has kept
    // nothing.
    const changedText = faults.data((data) => faults.rewrite(data, (key) => (key === 'textDigest' ? 'ab'.repeat(32) : undefined)))
    for (const [given, step, words] of [[{ ipfs: faults.oneByte(() => true) }, 'evidence', 'another SHA-256'], [{ graphql: changedText }, 'filing', 'not what was filed']] as const) {
      const { page: another } = await open({ at: `#/complaint/${id}`, faults: given })
      await another.getByTestId('evidence-check').click()
      await expect.poll(() => another.getByTestId(`proof-step-${step}`).getAttribute('data-status')).toBe('failed')
      expect(await another.getByTestId('evidence-verdict').getAttribute('data-verdict')).toBe('notProven')
      expect(await another.getByTestId('evidence-verdict').innerText()).toContain(words)
    }
  })

  test('has no words but those that were signed, whoever gives them', async () => {
    const site = await anySite()
    const id = await fileDirectly(inject('endpoints'), site, 'The lamp is dark.')
    await actOn(id, site.areaId, 'acknowledge', 'A crew is on its way.')
    await until('the note is there', async () => (await complaintNow(id))?.actions.at(-1)?.note === 'A crew is on its way.')
    const lies = faults.data((data) => faults.rewrite(data, (key, value) => {
      if (key === 'note' && value) return 'LIES: nobody comes.'
      return key === 'block' && typeof value === 'string' ? value.replace('dark', 'LIES') : undefined
    }))
    const { page, origin } = await open({ at: `#/complaint/${id}`, faults: { graphql: lies } })
    await expect.poll(() => page.getByTestId('note-other').innerText()).toContain('not what was signed')
    await expect.poll(() => page.getByTestId('complaint-text-state').innerText()).toContain('not what was filed')
    expect(await page.locator('main').innerText()).not.toContain('LIES')
    // Neither do they go into the file.
    const [file] = await Promise.all([page.waitForEvent('download'), page.getByTestId('trail-export').getByRole('button', { name: 'JSON' }).click()])
    const trail = JSON.parse(await text(await file.createReadStream())) as { is_cut: boolean; events: { event: string; note: string | null; note_is_signed: boolean | null; transaction: string; station_id: string | null }[] }
    expect(trail.events.map(({ event, note, note_is_signed }) => [event, note, note_is_signed])).toEqual([['filed', null, null], ['acknowledge', null, false]])
    expect(trail.is_cut).toBe(false)
    for (const { transaction, station_id } of trail.events) expect([/^0x[0-9a-f]{64}$/.test(transaction), !!station_id]).toEqual([true, true])
    origin.faults = {}
    await page.reload()
    await expect.poll(() => page.getByTestId('complaint-history').innerText()).toContain('A crew is on its way.')
    await expect.poll(() => page.getByTestId('complaint-text').innerText()).toBe('The lamp is dark.')

    // Nor into an official's queue.
    const { page: desk } = await open({ at: '#/officials', faults: { graphql: lies }, before: async ({ page }) => void (await injectWallet(page, { ...wallet(), key: officialKey(site.areaId, 1) })) })
    await desk.getByTestId('wallet').click()
    const line = desk.locator('[data-testid="queue-line"]', { has: desk.locator(`[id="${id}"]`) })
    await expect.poll(() => line.getByTestId('queue-other').innerText()).toContain('not what was filed')
    expect(await line.innerText()).not.toContain('LIES')
  })

  test('that the sensors contradict says so, with the record that does', async () => {
    const site = await finalSite()
    const id = await fileDirectly(inject('endpoints'), site, 'Off once more.')
    const sequence = site.now!.sequence!
    const told = { kind: 'STILL_OFF', atUnixS: Math.floor(Date.now() / 1000), deviceId: site.deviceId, sequence }
    const { page, origin } = await open({ at: `#/complaint/${id}`, faults: { graphql: faults.data((data) => faults.rewrite(data, (key) => (key === 'contradiction' ? told : undefined))) } })
    await expect.poll(() => page.getByTestId('complaint-contradicted').innerText()).toMatch(/Contradicted by the sensors[^]*said OFF when it was signed as fixed/)
    expect(await page.getByTestId('contradiction-proof').getAttribute('href')).toContain(`device=${encodeURIComponent(site.deviceId)}&sequence=${sequence}`)
    origin.faults = {}
    await page.getByTestId('contradiction-proof').click()
    await expect.poll(() => page.url()).toContain('#/check?')
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

  test('filed in a browser that keeps nothing says that its link must be saved now', async () => {
    const site = await anySite()
    const nothing = () => Object.defineProperty(window, 'indexedDB', { value: { open() { throw new Error('no storage here') } } })
    const { page } = await open({ at: `#/report?site=${site.siteId}`, before: async ({ page }) => void (await page.addInitScript(nothing)) })
    const { id } = await fileHere(page, 'Dark behind the school.')
    await expect.poll(() => page.getByTestId('tracking-lost').innerText()).toContain('Save the link now')
    await untilMined(page)
    await untilStands(id, 'FILED')
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

test('testimonies past a relayer stand on the page of their area', async () => {
  const { areaId } = await anySite()
  const one = { digest: 'ab'.repeat(32), uri: 'ipfs://x', by: `0x${'c1'.repeat(20)}`, atUnixS: Math.floor(Date.now() / 1000), status: 'COUNTED', reason: null, records: 3, refused: 1, finalized: false, transactionHash: `0x${'0e'.repeat(32)}` }
  const other = { ...one, digest: 'cd'.repeat(32), status: 'UNAVAILABLE', reason: 'no such block' }
  const { page } = await open({ at: `#/area/${areaId}`, faults: { graphql: faults.data((data) => 'testimonies' in data && (data.testimonies = [one, other])) } })
  await page.getByTestId('testimonies').waitFor()
  expect(await page.getByTestId('testimonies').locator('li').count()).toBe(2)
  expect(await page.getByTestId('testimonies').innerText()).toMatch(/3 readings count, 1 line is none[^]*Not counted yet: no such block/)
})
