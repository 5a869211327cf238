// The proof page as its hooks tell of it.
import type { Page } from 'playwright-core'

/** The verdict's kind: `none`, `running`, `proven`, `notProven`, `notAnchored`, `unchecked`. */
export const verdict = (page: Page) => page.getByTestId('proof-verdict').getAttribute('data-verdict')
