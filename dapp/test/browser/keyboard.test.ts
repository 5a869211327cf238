import { expect, test } from 'vitest'
import { expectAnswer } from './support/answer'
import { open } from './support/open'
import type { Page } from 'playwright-core'
import { anchoredSite } from './support/scene'

/** Presses Tab until what is wanted has the focus, which must be seen. */
async function tabTo(page: Page, testId: string, most = 40) {
  for (let pressed = 0; pressed < most; pressed += 1) {
    await page.keyboard.press('Tab')
    const focus = await page.evaluate(() => {
      const element = document.activeElement as HTMLElement
      const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(element)
      const { width, height, bottom, right } = element.getBoundingClientRect()
      return {
        testId: element.closest('[data-testid]')?.getAttribute('data-testid'),
        isSeen: width > 0 && height > 0 && bottom > 0 && right > 0 && ((outlineStyle !== 'none' && outlineWidth !== '0px') || boxShadow !== 'none'),
        what: element.outerHTML.slice(0, 120),
      }
    })
    expect(focus.isSeen, `the focus is not seen on ${focus.what}`).toBe(true)
    if (focus.testId === testId) return
  }
  throw new Error(`${testId} is not reached in ${most} steps`)
}

test('from the address to a checked reading without a mouse', async () => {
  const site = await anchoredSite('OFF')
  const { page } = await open()
  await page.getByTestId('answer').waitFor()
  await tabTo(page, 'search')
  await page.keyboard.type(site.locality)
  await page.getByTestId('search-option').first().waitFor()
  // What the arrows point at is told to a screen reader.
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('ArrowUp')
  const pointed = await page.getByTestId('search').getAttribute('aria-activedescendant')
  expect(await page.locator(`[id="${pointed}"]`).getAttribute('aria-selected')).toBe('true')
  await page.keyboard.press('Enter')
  await expectAnswer(page, site.siteId)
  await tabTo(page, 'check-link')
  await page.keyboard.press('Enter')
  await expect.poll(() => page.url()).toContain('#/check')
  // What is loading gives way to what it loaded, and may take the focus along.
  await page.getByTestId('proof-quick').waitFor()
  await tabTo(page, 'proof-quick')
  await page.keyboard.press('Enter')
  await expect.poll(() => page.getByTestId('proof-verdict').getAttribute('data-verdict')).toBe('proven')
})

test('the first Tab skips to the answer', async () => {
  const { page } = await open()
  await page.getByTestId('answer').waitFor()
  await page.keyboard.press('Tab')
  await page.keyboard.press('Enter')
  expect(await page.evaluate(() => document.activeElement?.id)).toBe('main')
})

test('Escape closes the list and then empties the box', async () => {
  const { page } = await open()
  const search = page.getByTestId('search')
  await search.fill('place')
  await page.getByTestId('search-option').first().waitFor()
  await page.keyboard.press('Escape')
  await expect.poll(() => page.getByTestId('search-option').first().isVisible()).toBe(false)
  expect(await search.inputValue()).toBe('place')
  await page.keyboard.press('Escape')
  expect(await search.inputValue()).toBe('')
})
