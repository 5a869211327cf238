// What `script/screenshots` runs: pictures of every page into docs/screenshots, and the table that lists them.
import { mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core'
import sharp from 'sharp'
import { query } from '../test/browser/support/ask'
import { launchOptions } from '../test/browser/support/chromium'
import { ROOT, startDevnet, type Endpoints } from '../test/browser/support/devnet'
import { fileDirectly } from '../test/browser/support/file'
import { until } from '../test/browser/support/until'
import { openAnew, settled } from '../test/browser/support/visible'
import { injectWallet } from '../test/browser/support/wallet'

const FOLDER = join(ROOT, 'docs/screenshots')
/** Colours of a picture: few, as the page has few. */
const COLOURS = 64
const MAX_TOTAL_BYTES = 4_500_000
const PATIENCE_MS = 90_000
/** How far down a long page is shown, in CSS pixels. */
const LONG_PX = { phone: 1_700, desktop: 1_400 }

const DEVICES: Record<'phone' | 'desktop', BrowserContextOptions> = {
  phone: { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true },
  desktop: { viewport: { width: 1280, height: 800 } },
}
const LANGUAGES = { en: 'English', hi: 'Hindi' } as const
type Device = keyof typeof DEVICES
type Language = keyof typeof LANGUAGES

/** A page to be shown: where it is, and what is done there first. */
interface View {
  title: string
  at: string
  /** More than the first screen. */
  isLong?: boolean
  act?: (page: Page) => Promise<void>
  /** Shown in these languages only. */
  languages?: Language[]
}

const proven = async (page: Page) => {
  await page.getByTestId('proof-quick').click()
  await page.locator('[data-testid="proof-verdict"][data-verdict="proven"]').waitFor()
}
const provenInFull = async (page: Page) => {
  await proven(page)
  await page.getByTestId('proof-full').click()
  await page.getByTestId('proof-full-block').click()
  await page.getByTestId('proof-full-done').waitFor()
}
const withMap = async (page: Page) => {
  await page.getByTestId('map-list').locator('li').first().waitFor()
  await page.waitForFunction(() => !document.querySelector('.leaflet-zoom-anim .leaflet-zoom-animated.leaflet-zoom-hide'))
}

const signedIn = async (page: Page) => {
  await page.getByTestId('wallet').click()
  await page.getByTestId('queue-line').first().waitFor()
  await page.getByTestId('queue-line').first().locator('input').check()
}
const evidenceChecked = async (page: Page) => {
  await page.getByTestId('evidence-check').click()
  await page.locator('[data-testid="evidence-verdict"][data-verdict="proven"]').waitFor()
}

const toTop = (page: Page) => page.evaluate(() => window.scrollTo(0, 0))

interface Site {
  siteId: string
  deviceId: string
  feederId: string
  areaId: string
  customers: number
  feeder: { isWholeFeederOff: boolean; sitesByState: { off: number } } | null
  now: { state: string; sequence: number; anchored: string; batchNumber: number | null } | null
}

/** The site that is shown: off with its whole feeder, and its reading final. */
async function chooseSite(endpoints: Endpoints): Promise<Site> {
  const text = `{ sites(first: 500) { items { siteId deviceId feederId areaId customers feeder { isWholeFeederOff sitesByState { off } }
    now { state sequence anchored batchNumber } } } }`
  const weight = ({ feeder, customers }: Site) => Number(feeder?.isWholeFeederOff ?? false) * 10_000 + (feeder?.sitesByState.off ?? 0) * 1_000 + customers
  return until('a site that is off, and whose reading is final', async () => {
    const { sites } = await query<{ sites: { items: Site[] } }>(endpoints, text)
    return sites.items.filter(({ now }) => now?.state === 'OFF' && now.anchored === 'FINAL' && now.batchNumber !== null).sort((a, b) => weight(b) - weight(a))[0]
  }, 300)
}

function views(site: Site, complaintId: string): Record<string, View> {
  const check = `#/check?device=${site.deviceId}&sequence=${site.now!.sequence}&batch=${site.now!.batchNumber}`
  return {
    home: { title: 'Everywhere now, and the map', at: '#/', act: withMap, isLong: true },
    answer: { title: 'The answer for a place, and the map', at: `#/?site=${site.siteId}`, act: withMap, isLong: true },
    site: { title: 'A place: its outages, and how complete the readings are', at: `#/site/${site.siteId}`, isLong: true },
    feeder: { title: 'A feeder', at: `#/feeder/${site.feederId}` },
    area: { title: 'An area', at: `#/area/${site.areaId}` },
    batch: { title: 'A batch', at: `#/batch/${site.areaId}/${site.now!.batchNumber}` },
    check: { title: 'Check it yourself: the quick check, passed', at: check, act: proven, isLong: true },
    'check-full': { title: 'Check it yourself: the full check, passed', at: check, act: provenInFull, isLong: true },
    about: { title: 'What is proven, and what is not', at: '#/about' },
    settings: { title: 'Settings', at: '#/settings' },
    report: { title: 'Reporting a problem', at: `#/report?site=${site.siteId}`, isLong: true, languages: ['en'] },
    complaint: { title: 'A complaint beside the sensors, its evidence checked in the browser', at: `#/complaint/${complaintId}`, act: evidenceChecked, isLong: true, languages: ['en'] },
    officials: { title: 'The officials\' panel', at: '#/officials', act: signedIn, isLong: true, languages: ['en'] },
    administration: { title: 'Who may act, and how long they have', at: `#/administration?area=${site.areaId}`, isLong: true, languages: ['en'] },
    scorecard: { title: 'How officials did', at: `#/scorecard/${site.areaId}`, languages: ['en'] },
  }
}

/** Complaints of the area, so that there is something to see; gives the one that is shown. */
async function complaintsOf(endpoints: Endpoints, site: Site): Promise<string> {
  const { complaintClasses } = await query<{ complaintClasses: { class: string }[] }>(endpoints, 'query($id: String!) { complaintClasses(areaId: $id) { class } }', { id: site.areaId })
  const words = ['The street has been dark since the storm.', 'Sparks at the transformer behind the school.', 'The fuse at the corner is gone again.']
  const ids: string[] = []
  for (const [i, text] of words.entries()) ids.push(await fileDirectly(endpoints, site, text, complaintClasses[i % complaintClasses.length]!.class))
  return ids[0]!
}

function officialKey({ officials }: Endpoints, areaId: string): string {
  return readFileSync(officials.find((one) => one.area_id === areaId && one.level === 1)!.key_file, 'utf8').trim()
}

async function take(page: Page, url: string, name: string, device: Device, { at, act, isLong }: View) {
  await openAnew(page, url + at)
  await act?.(page)
  // What is below the fold asks later.
  await page.waitForLoadState('networkidle')
  await settled(page)
  await toTop(page)
  await page.evaluate(() => document.fonts.ready)
  const { width, height } = page.viewportSize()!
  const whole = await page.evaluate(() => document.documentElement.scrollHeight)
  const clip = { x: 0, y: 0, width, height: isLong ? Math.min(whole, LONG_PX[device]) : height }
  await save(await page.screenshot({ fullPage: isLong, clip, animations: 'disabled', caret: 'hide' }), name)
}

const save = (picture: Buffer, name: string) =>
  sharp(picture).png({ palette: true, colours: COLOURS, dither: 0, effort: 10, compressionLevel: 9 }).toFile(join(FOLDER, `${name}.png`))

/** The two of the README: a phone's first screen with the answer, and a passed proof. */
async function forReadme(browser: Browser, url: string, all: Record<string, View>) {
  const context = await browser.newContext({ ...DEVICES.phone, locale: 'en-IN', timezoneId: 'Asia/Kolkata', colorScheme: 'light', reducedMotion: 'reduce' })
  const page = await context.newPage()
  page.setDefaultTimeout(PATIENCE_MS)
  await take(page, url, 'readme-answer', 'phone', { ...all.answer!, isLong: false })
  await take(page, url, 'readme-proof', 'phone', { ...all.check!, isLong: false })
  await context.close()
}

async function main() {
  const at = process.argv.indexOf('--endpoints')
  const say = (text: string) => process.stderr.write(`${text}\n`)
  const own = at < 0 ? await startDevnet({ say, isGenerated: false }) : undefined
  const endpoints = own?.endpoints ?? (JSON.parse(readFileSync(process.argv[at + 1]!, 'utf8')) as Endpoints)
  const browser = await chromium.launch(launchOptions())
  try {
    mkdirSync(FOLDER, { recursive: true })
    for (const file of readdirSync(FOLDER)) rmSync(join(FOLDER, file))
    const url = `${endpoints.dapp_url}/`
    const site = await chooseSite(endpoints)
    const all = views(site, await complaintsOf(endpoints, site))
    await forReadme(browser, url, all)
    for (const device of Object.keys(DEVICES) as Device[]) {
      for (const language of Object.keys(LANGUAGES) as Language[]) {
        say(`${device}, ${LANGUAGES[language]}`)
        const context = await browser.newContext({ ...DEVICES[device], locale: `${language}-IN`, timezoneId: 'Asia/Kolkata', colorScheme: 'light', reducedMotion: 'reduce' })
        const page = await context.newPage()
        page.setDefaultTimeout(PATIENCE_MS)
        // What tsx puts around functions to keep their names, which a page does not have.
        await page.addInitScript({ content: 'globalThis.__name = (one) => one' })
        // An official's, for the pages that ask for one.
        await injectWallet(page, { rpcUrl: endpoints.rpc_url, chainId: endpoints.chain_id, key: officialKey(endpoints, site.areaId) })
        for (const [name, view] of Object.entries(all)) if (view.languages?.includes(language) ?? true) await take(page, url, `${name}-${device}-${language}`, device, view)
        await context.close()
      }
    }
    writeFileSync(join(FOLDER, 'README.md'), await table(endpoints, all))
  } finally {
    await browser.close()
    await own?.stop()
  }
  const total = readdirSync(FOLDER).reduce((sum, file) => sum + statSync(join(FOLDER, file)).size, 0)
  say(`${readdirSync(FOLDER).length} files, ${Math.round(total / 1000)} kB in docs/screenshots`)
  if (total > MAX_TOTAL_BYTES) throw new Error(`more than ${MAX_TOTAL_BYTES} bytes of pictures`)
}

/** The page that lists the pictures, with what the readings in them are. */
async function table(endpoints: Endpoints, all: Record<string, View>): Promise<string> {
  const { _meta: meta } = await query<{ _meta: { provenance: { kind: string; source: string; shiftS: number } } }>(endpoints, '{ _meta { provenance { kind source shiftS } } }')
  const { kind, source, shiftS } = meta.provenance
  const what = kind === 'LIVE' ? 'live readings' : kind === 'REPLAY' ? `a replay of real outages, ${Math.round(shiftS / 86_400)} days later: not news` : 'made up by a generator: not news'
  const picture = (name: string, title: string) => `![${title}; ${what}](${name}.png)`
  const columns = (Object.keys(LANGUAGES) as Language[]).flatMap((language) => (Object.keys(DEVICES) as Device[]).map((device) => ({ language, device })))
  const head = columns.map(({ language, device }) => `${device}, ${LANGUAGES[language]}`)
  const rows = Object.entries(all).map(([name, { title }]) => `| ${title} | ${columns.map(({ language, device }) => (all[name]!.languages?.includes(language) ?? true ? picture(`${name}-${device}-${language}`, `${title}, ${device}, ${LANGUAGES[language]}`) : '')).join(' | ')} |`)
  return [
    '# Screenshots',
    '',
    `Taken by \`script/screenshots\`. In all of them the readings are **${what}**.`,
    `Source: ${source}.`,
    '',
    `| page | ${head.join(' | ')} |`,
    `|---|${head.map(() => '---|').join('')}`,
    ...rows,
    '',
  ].join('\n')
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    process.stderr.write(`error: ${error instanceof Error ? error.message : String(error)}\n`)
    process.exit(1)
  },
)
