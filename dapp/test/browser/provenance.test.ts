import { describe, expect, test } from 'vitest'
import * as faults from './support/faults'
import { PHONE, open } from './support/open'
import { everyPage } from './support/scene'
import { openAnew } from './support/visible'

describe.each([['en', /made up, not news/i], ['hi', /समाचार नहीं|ख़बर नहीं|खबर नहीं/]])('in %s', (language, words) => {
  test('the banner is on every page, above what it is about', async () => {
    const { page, origin } = await open({ context: { ...PHONE, locale: `${language}-IN` } })
    for (const [name, at] of Object.entries(await everyPage())) {
      await openAnew(page, origin.url + at)
      const banner = page.getByTestId('provenance')
      await banner.waitFor()
      expect(await banner.innerText(), name).toMatch(words)
      const [above, below] = [await banner.boundingBox(), await page.locator('#main').boundingBox()]
      expect(above!.y, name).toBeLessThan(below!.y)
    }
  })
})

test('a replay says from when it is, and how exact its source', async () => {
  const { page } = await open({
    faults: { graphql: faults.data((data) => faults.rewrite(data, (key, value) => (key === 'provenance' && Object(value) === value ? { ...value, kind: 'REPLAY', shiftS: 35 * 86_400, uncertaintyS: 2_400, source: 'a utility' } : undefined))) },
  })
  const banner = page.getByTestId('provenance')
  await expect.poll(() => banner.innerText()).toMatch(/35 days/)
  await banner.locator('summary').click()
  expect(await banner.innerText()).toMatch(/a utility[\s\S]*40 min/)
})

test('live readings are not called anything else', async () => {
  const { page } = await open({
    faults: { graphql: faults.data((data) => faults.rewrite(data, (key, value) => (key === 'provenance' && Object(value) === value ? { ...value, kind: 'LIVE', shiftS: 0, uncertaintyS: 0 } : undefined))) },
  })
  await expect.poll(() => page.getByTestId('provenance').innerText()).toMatch(/live readings/i)
  expect(await page.getByTestId('provenance').innerText()).not.toMatch(/not news/i)
})
