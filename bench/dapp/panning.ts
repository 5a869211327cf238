// Frames per second while a hand drags a map window of 10,000 sites to and fro. The marks come through the page's own
// question to the API; an origin in front of the service answers it with that many.
import type { Page } from 'playwright-core'
import { data } from '../../dapp/test/browser/support/faults'
import { Origin } from '../../dapp/test/browser/support/origin'
import { until } from '../../dapp/test/browser/support/until'
import type { Figure } from './figure'
import type { Bench } from './main'

const SITES = 10_000
const LIMIT_FRAMES_S = 30
/** From here on the map shows sites. */
const SITES_ZOOM = 13
/** Zooming in that far takes fewer steps. */
const MAX_ZOOM_STEPS = 20
/** Drags that are measured, and how far and in how many steps each goes. */
const DRAGS = 12
const DRAG_PX = 240
const DRAG_STEPS = 40
const PATIENCE_MS = 60_000

interface Window {
  west: number
  south: number
  east: number
  north: number
}

export async function panning({ endpoints, browser }: Bench): Promise<Figure[]> {
  let zoom = 0
  const crowded = data((answer, { variables }) => {
    if (!answer.map) return
    zoom = Number(variables.zoom)
    if (zoom >= SITES_ZOOM) Object.assign(answer.map, { level: 'SITES', areas: [], feeders: [], groups: [], sites: marks(variables.window as Window) })
  })
  const origin = await Origin.start(endpoints.dapp_url, { graphql: crowded })
  const context = await browser.newContext({ viewport: { width: 390, height: 844 }, deviceScaleFactor: 2 })
  try {
    const page = await context.newPage()
    page.setDefaultTimeout(PATIENCE_MS)
    await page.goto(origin.url)
    const map = page.getByTestId('map')
    await map.waitFor()
    await map.scrollIntoViewIfNeeded()
    for (let step = 0; step < MAX_ZOOM_STEPS && zoom < SITES_ZOOM; step += 1) {
      const before = zoom
      await map.getByRole('button', { name: /zoom in/i }).click()
      await until('the map asks again', () => zoom > before)
    }
    return [{ name: 'panning_10000_sites', value: await framesPerSecond(page), unit: 'frames/s', limit: LIMIT_FRAMES_S, better: 'higher' }]
  } finally {
    await context.close()
    await origin.close()
  }
}

/** Sites spread over a window without chance, in all states. */
function marks({ west, south, east, north }: Window): object[] {
  const states = ['ON', 'ON', 'ON', 'OFF', 'NO_DATA']
  const side = Math.ceil(Math.sqrt(SITES))
  return Array.from({ length: SITES }, (_, i) => ({
    siteId: `site-${i}`,
    deviceId: `device-${i}`,
    kind: i % 3 ? 'TRANSFORMER' : 'STREET',
    locality: `Place ${i}`,
    feederId: `feeder-${i % 500}`,
    latitudeDeg: south + ((north - south) * (Math.floor(i / side) + 0.5)) / side,
    longitudeDeg: west + ((east - west) * ((i % side) + 0.5)) / side,
    customers: 1 + (i % 120),
    state: states[i % states.length],
    sinceUnixS: 1_700_000_000,
    lastHeardUnixS: 1_700_000_000,
    anchored: i % 4 ? 'FINAL' : 'NO',
  }))
}

/** Run in the page; as text, for what compiles this file adds helpers to functions that the page does not have. */
const COUNT_FRAMES = `
  window.counter = { frames: 0, startedMs: performance.now() }
  requestAnimationFrame(function frame() { window.counter.frames += 1; requestAnimationFrame(frame) })`
const FRAMES_PER_SECOND = 'window.counter.frames * 1_000 / (performance.now() - window.counter.startedMs)'

/** Counts frames while the mouse drags the map. */
async function framesPerSecond(page: Page): Promise<number> {
  const box = (await page.getByTestId('map').boundingBox())!
  const [x, y] = [box.x + box.width / 2, box.y + box.height / 2]
  await page.evaluate(COUNT_FRAMES)
  for (let drag = 0; drag < DRAGS; drag += 1) {
    const by = drag % 2 ? DRAG_PX / 2 : -DRAG_PX / 2
    await page.mouse.move(x - by, y)
    await page.mouse.down()
    await page.mouse.move(x + by, y + (drag % 3) * 10, { steps: DRAG_STEPS })
    await page.mouse.up()
  }
  return page.evaluate<number>(FRAMES_PER_SECOND)
}
