// A page of a test: a context of its own in the one browser, behind an origin of its own.
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { chromium, type Browser, type BrowserContext, type BrowserContextOptions, type Page } from 'playwright-core'
import { expect, inject, onTestFinished } from 'vitest'
import { CACHE_DIR } from './devnet'
import { Origin, type Faults } from './origin'
import { PATIENCE_MS } from './patience'

export const PHONE: BrowserContextOptions = { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true }
export const DESKTOP: BrowserContextOptions = { viewport: { width: 1280, height: 800 } }

export interface Opened {
  page: Page
  context: BrowserContext
  origin: Origin
}

export interface OpenOptions {
  /** What follows the origin in the address, such as `#/check/…`. */
  at?: string
  faults?: Faults
  /** Of the browser: size, language, time zone, place. */
  context?: BrowserContextOptions
  /** Before the page is opened: clock, allowed servers, stored settings. A string that it gives is the address instead. */
  before?: (opened: Opened) => unknown
}

let connected: Promise<Browser> | undefined
const browser = () => (connected ??= chromium.connect(inject('browserUrl')))

/** Opens the page. When the test ends it fails if anything was asked of another origin, or a script threw. */
export async function open({ at = '', faults, context: options, before }: OpenOptions = {}): Promise<Opened> {
  const origin = await Origin.start(inject('endpoints').dapp_url, faults)
  onTestFinished(() => origin.close())
  const context = await (await browser()).newContext({
    ...DESKTOP,
    locale: 'en-GB',
    timezoneId: 'Asia/Kolkata',
    // Through the origin, this machine's other servers included.
    proxy: { server: origin.url, bypass: '<-loopback>' },
    ...options,
  })
  context.setDefaultTimeout(PATIENCE_MS)
  const thrown: string[] = []
  context.on('weberror', (problem) => thrown.push(String(problem.error().stack ?? problem.error())))
  const page = await context.newPage()
  const opened = { page, context, origin }
  onTestFinished(async ({ task }) => {
    if (task.result?.state === 'fail') await keepPicture(page, task.name)
    await context.close()
    expect(origin.foreign, 'requests to other origins').toEqual([])
    expect(thrown, 'errors in the page').toEqual([])
  })
  const other = await before?.(opened)
  await page.goto((typeof other === 'string' ? other : origin.url) + at)
  return opened
}

/** What the page looked like when a test failed. */
async function keepPicture(page: Page, name: string) {
  const folder = join(CACHE_DIR, 'browser-tests')
  mkdirSync(folder, { recursive: true })
  const path = join(folder, `${name.replaceAll(/[^a-z0-9]+/gi, '-')}.png`)
  await page.screenshot({ path, fullPage: true }).then(
    () => console.log(`what the page looked like: ${path}`),
    () => {},
  )
}
