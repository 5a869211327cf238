import { expect, test } from 'vitest'
import { answer, choose, expectAnswer } from './support/answer'
import { open } from './support/open'
import { anchoredSite } from './support/scene'

test('a saved place is answered at once when the page is opened again, and can be forgotten', async () => {
  const site = await anchoredSite('OFF')
  const { page, origin } = await open()
  await choose(page, site.locality)
  const button = page.getByTestId('saved-place')
  await button.click()
  await expect.poll(() => button.getAttribute('aria-pressed')).toBe('true')

  await page.goto('about:blank')
  await page.goto(origin.url)
  await expectAnswer(page, site.siteId)

  await button.click()
  await page.goto('about:blank')
  await page.goto(origin.url)
  await answer(page).waitFor()
  expect(await answer(page).innerText()).not.toContain(`${site.locality}\n`)
})

test('the place is sent nowhere: no request carries it but the question for its own answer', async () => {
  const site = await anchoredSite('OFF')
  const { page, origin, context } = await open()
  await choose(page, site.locality)
  await page.getByTestId('saved-place').click()
  expect(await context.cookies()).toEqual([])
  expect(origin.seen.filter(({ upstream }) => upstream === 'page').map(({ path }) => path).filter((path) => path.includes(site.siteId))).toEqual([])
})
