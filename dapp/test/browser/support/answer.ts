// The answer in words, as the page says it and as the API has it.
import type { Page } from 'playwright-core'
import { expect } from 'vitest'
import { clock, siteNow, type State } from './scene'

const WORDS: Record<State, string> = { ON: 'ON', OFF: 'OFF', NO_DATA: 'NO DATA' }

export const answer = (page: Page) => page.getByTestId('answer')

/** Waits until the answer is that of a site as the API has it, which may change meanwhile. */
export async function expectAnswer(page: Page, siteId: string) {
  await expect
    .poll(async () => {
      const { locality, now } = await siteNow(siteId)
      const text = await answer(page).innerText()
      const since = now?.sinceUnixS ? `(ON|OFF|NO DATA) since (\\d+ \\w+, )?${clock(now.sinceUnixS)}` : ''
      return text.includes(locality) && text.includes(WORDS[now!.state]) && new RegExp(since).test(text) ? 'agrees' : `${JSON.stringify(now)} is not: ${text}`
    })
    .toBe('agrees')
}

/** Types a name and chooses the first thing found. */
export async function choose(page: Page, name: string) {
  await page.getByTestId('search').fill(name)
  await page.getByTestId('search-option').first().click()
}
