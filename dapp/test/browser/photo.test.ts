// A photo with a complaint: made small and bare in the browser, kept while there is no network, shown to everybody.
import { createHash } from 'node:crypto'
import sharp from 'sharp'
import { describe, expect, inject, test } from 'vitest'
import { anySite, fileHere, untilMined, untilStands } from './support/complaints'
import { open } from './support/open'

/** As a phone writes it: large, with place and device in it. */
const fromPhone = () =>
  sharp({ create: { width: 4_000, height: 3_000, channels: 3, background: '#a83', noise: { type: 'gaussian', mean: 120, sigma: 12 } } })
    .withExif({ IFD0: { Make: 'SecretPhone', Model: 'X' }, IFD3: { GPSLatitude: '28/1 8/1 0/1', GPSLatitudeRef: 'N' } })
    .jpeg({ quality: 70 })
    .toBuffer()

describe('a photo', () => {
  test('too large, or no picture at all, is refused with the way out, and can be taken away again', async () => {
    const site = await anySite()
    const { page } = await open({ at: `#/report?site=${site.siteId}` })
    const choose = (name: string, mimeType: string, buffer: Buffer) => page.getByTestId('photo-input').setInputFiles({ name, mimeType, buffer })
    const problem = () => page.getByTestId('photo-problem').innerText()
    await choose('dark.jpg', 'image/jpeg', Buffer.concat([Buffer.from([0xff, 0xd8, 0xff, 0xe0]), Buffer.alloc(10_000_000)]))
    await expect.poll(problem).toMatch(/too large: at most 8 MB/)
    await choose('dark.jpg', 'image/jpeg', Buffer.from('<svg onload="alert(1)"/>'))
    await expect.poll(problem).toMatch(/JPEG, PNG or WebP/)
    await choose('dark.jpg', 'image/jpeg', Buffer.concat([Buffer.from([0xff, 0xd8, 0xff, 0xe0]), Buffer.alloc(500)]))
    await expect.poll(problem).toMatch(/JPEG, PNG or WebP/)
    await choose('dark.jpg', 'image/jpeg', await fromPhone())
    await page.getByTestId('photo-preview').waitFor()
    expect(await problem()).toBe('')
    await page.getByTestId('photo-remove').click()
    await expect.poll(() => page.getByTestId('photo-preview').count()).toBe(0)
  })

  test('stays with what was chosen and typed when the page is closed before it is filed', async () => {
    const site = await anySite()
    const { page } = await open({ at: `#/report?site=${site.siteId}` })
    await page.locator('input[name=class]').nth(1).check()
    await page.getByTestId('report-text').fill('Half written')
    await page.getByTestId('photo-input').setInputFiles({ name: 'p.jpg', mimeType: 'image/jpeg', buffer: await fromPhone() })
    await page.getByTestId('photo-preview').waitFor()
    await page.reload()
    await page.getByTestId('photo-preview').waitFor()
    expect(await page.getByTestId('report-text').inputValue()).toBe('Half written')
    await expect.poll(() => page.locator('input[name=class]').nth(1).isChecked()).toBe(true)
    await page.getByTestId('photo-remove').click()
    await page.reload()
    await page.getByTestId('report-form').waitFor()
    await expect.poll(() => page.locator('input[name=class]').nth(1).isChecked()).toBe(true)
    expect(await page.getByTestId('photo-preview').count()).toBe(0)
  })

  test('goes with the complaint after a time without network, small and without what the camera wrote', async () => {
    const site = await anySite()
    const { page, origin, context } = await open({ at: `#/report?site=${site.siteId}` })
    await page.getByTestId('photo-input').setInputFiles({ name: 'p.jpg', mimeType: 'image/jpeg', buffer: await fromPhone() })
    await page.getByTestId('photo-preview').waitFor()
    origin.faults = { graphql: async () => ({ status: 502, headers: {}, body: Buffer.from('') }) }
    const { id } = await fileHere(page, 'Wire down at the crossing.')
    await expect.poll(() => page.getByTestId('delivery-photo').innerText()).toContain('kept on this device')
    await page.reload()
    await page.getByTestId('complaint-delivery').waitFor()
    origin.faults = {}
    await context.setOffline(true)
    await context.setOffline(false)
    await untilMined(page)
    await untilStands(id, 'FILED')
    await expect.poll(() => page.getByTestId('delivery-photo').innerText()).toContain('with the service')

    const { page: reader } = await open({ at: `#/complaint/${id}` })
    const shown = reader.getByTestId('complaint-photo')
    await shown.waitFor()
    await expect.poll(() => shown.evaluate((img: HTMLImageElement) => Math.max(img.naturalWidth, img.naturalHeight))).toBe(1_600)
    const sent = origin.seen.find(({ path, method }) => path.startsWith('/photo/') && method === 'PUT')!
    const digest = sent.path.split('/').at(-1)!
    const bytes = Buffer.from(await (await fetch(new URL(`photo/${digest}`, inject('endpoints').dapp_url))).arrayBuffer())
    expect(createHash('sha256').update(bytes).digest('hex')).toBe(digest)
    expect(bytes.length).toBeLessThan(400_000)
    for (const left of ['Exif', 'SecretPhone', 'GPS', 'ICC_PROFILE']) expect(bytes.includes(left)).toBe(false)
  })

  test('that is not the one that was filed is not shown', async () => {
    const site = await anySite()
    const { page } = await open({ at: `#/report?site=${site.siteId}` })
    await page.getByTestId('photo-input').setInputFiles({ name: 'p.jpg', mimeType: 'image/jpeg', buffer: await fromPhone() })
    await page.getByTestId('photo-preview').waitFor()
    const { id } = await fileHere(page, 'Pole leans.')
    await untilMined(page)
    await expect.poll(() => page.getByTestId('delivery-photo').innerText()).toContain('with the service')
    const other = await sharp({ create: { width: 8, height: 8, channels: 3, background: '#f00' } }).jpeg().toBuffer()
    const { page: reader } = await open({
      at: `#/complaint/${id}`,
      faults: { page: async (asked, pass) => (asked.path.startsWith('/photo/') ? { status: 200, headers: { 'content-type': 'image/jpeg' }, body: other } : pass()) },
    })
    await expect.poll(() => reader.getByTestId('complaint').innerText()).toContain('is not what was filed')
    expect(await reader.getByTestId('complaint-photo').count()).toBe(0)
  })
})
