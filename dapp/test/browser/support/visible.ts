// Everything that a person reads on a page, or has read to them.
import type { Page } from 'playwright-core'

const SPOKEN = ['aria-label', 'title', 'placeholder', 'alt', 'data-label', 'aria-description', 'aria-roledescription', 'aria-valuetext']

/** The words of a page, spoken ones included; without what is marked as another language, and without code. */
export const wordsOf = (page: Page): Promise<string[]> =>
  page.evaluate((spoken) => {
    const own = document.documentElement.lang
    const isLeftOut = (element: Element | null) => {
      const marked = element?.closest('[lang]')
      return !element || (marked && marked.getAttribute('lang') !== own) || element.closest('code, pre, script, style, noscript') !== null
    }
    const found: string[] = [document.title]
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      if (!isLeftOut(node.parentElement) && node.textContent?.trim()) found.push(node.textContent.trim())
    }
    for (const element of document.body.querySelectorAll('*')) {
      if (isLeftOut(element)) continue
      for (const name of spoken) {
        const text = element.getAttribute(name)?.trim()
        if (text) found.push(text)
      }
    }
    return found
  }, SPOKEN)

/**
 * Opens an address from nothing and waits until its page has its data. Where addresses differ only after the #, a browser keeps
 * the document: what is looked at next might still be the page before, or nothing between the two.
 */
export async function openAnew(page: Page, address: string) {
  await page.goto('about:blank')
  await page.goto(address)
  await settled(page)
}

/** Waits until a page has its data: its main part is there and nothing is loading. */
export async function settled(page: Page) {
  await page.locator('#main').waitFor()
  await page.waitForFunction(() => !document.querySelector('[data-testid="notice-loading"], .skeleton') && (document.querySelector('#main')?.textContent ?? '').trim().length > 20)
}
