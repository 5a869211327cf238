import { describe, expect, inject, test } from 'vitest'
import { choose } from './support/answer'
import { query } from './support/ask'
import * as faults from './support/faults'
import { listed, mapQuestions, mapReady, type MapQuestion } from './support/map'
import { open } from './support/open'
import { allSites, anchoredSite, areas } from './support/scene'

const MAP = `query($window: MapWindow!, $zoom: Int!, $at: Int53) { map(window: $window, zoom: $zoom, atUnixS: $at) {
  level areas { name } feeders { name } sites { locality state } groups { sitesByState { total } } } }`
interface Marks {
  level: string
  areas: { name: string }[]
  feeders: { name: string }[]
  sites: { locality: string; state: string }[]
}
const marks = async ({ window, zoom, atUnixS: at }: MapQuestion) =>
  (await query<{ map: Marks }>(inject('endpoints'), MAP, { window, zoom, at })).map

describe('the map', () => {
  test('zoomed by the keyboard it shows areas, then feeders, then sites; the list says the same', async () => {
    const names = {
      AREAS: (await areas()).map(({ name }) => name),
      FEEDERS: (await allSites()).map(({ feederName }) => feederName),
      SITES: (await allSites()).map(({ locality }) => locality),
    }
    const { page, origin } = await open()
    await mapReady(page)
    const zoom = () => mapQuestions(origin).at(-1)!.zoom
    const press = async (key: string) => {
      const before = zoom()
      await page.getByTestId('map').focus()
      await page.keyboard.press(key)
      await expect.poll(zoom).not.toBe(before)
    }
    while (zoom() > 9) await press('-')
    for (const [level, from] of [['AREAS', 0], ['FEEDERS', 10], ['SITES', 13]] as const) {
      while (zoom() < from) await press('+')
      const known = new Set<string>(names[level])
      // A few sites that would hide each other stand together; all others are named.
      await expect.poll(async () => (await listed(page)).filter((name) => known.has(name)).length, { message: level }).toBeGreaterThan(0)
      await expect.poll(async () => (await listed(page)).filter((name) => !known.has(name) && !(level === 'SITES' && /^\d/.test(name))), { message: level }).toEqual([])
    }
  })

  test('it stays where the reader moved it, whatever comes later', async () => {
    const { opened, open: openGate } = faults.gate()
    let isTold = false
    const { page, origin } = await open({
      // Where there is anything at all: asked first, answered last.
      faults: { graphql: async (asked, pass) => (String(asked.body).includes('query MapExtent') ? (await opened, (isTold = true), pass()) : pass()) },
    })
    await mapReady(page)
    const before = mapQuestions(origin).at(-1)!.zoom
    await page.getByTestId('map').focus()
    await page.keyboard.press('+')
    await expect.poll(() => mapQuestions(origin).at(-1)!.zoom).toBe(before + 1)
    openGate()
    await expect.poll(() => isTold).toBe(true)
    // Longer than the map takes to settle and to ask.
    await page.waitForTimeout(1_500)
    expect(mapQuestions(origin).at(-1)!.zoom).toBe(before + 1)
    // Another place is where the reader wants to look.
    const site = await anchoredSite('OFF')
    await choose(page, site.locality)
    await expect.poll(() => mapQuestions(origin).at(-1)!.zoom).toBeGreaterThanOrEqual(13)
  })

  test('the worst comes first, and every site that is off is there', async () => {
    const site = await anchoredSite('OFF')
    const { page, origin } = await open({ at: `#/?site=${site.siteId}` })
    await mapReady(page)
    await expect.poll(() => mapQuestions(origin).at(-1)?.zoom ?? 0).toBeGreaterThanOrEqual(13)
    await expect.poll(() => listed(page)).toContain(site.locality)
    const list = page.getByTestId('map-list')
    const told = await list.locator('li').allInnerTexts()
    const isOff = told.map((line) => /\bOFF\b/.test(line))
    expect(isOff.indexOf(false) === -1 ? [] : isOff.slice(isOff.indexOf(false)).filter(Boolean)).toEqual([])
    const { sites } = await marks(mapQuestions(origin).at(-1)!)
    const off = sites.filter(({ state }) => state === 'OFF').map(({ locality }) => locality)
    expect(off).toContain(site.locality)
  })

  test('a line of the list leads to its page, and its button zooms in', async () => {
    const { page, origin } = await open()
    await mapReady(page)
    const before = mapQuestions(origin).at(-1)!.zoom
    const list = page.getByTestId('map-list')
    await list.getByRole('button').first().click()
    await expect.poll(() => mapQuestions(origin).at(-1)!.zoom).toBeGreaterThan(before)
    await list.getByRole('link').first().click()
    await expect.poll(() => page.url()).toMatch(/#\/(area|feeder|site)\//)
  })

  test('marks are drawn: the canvas of a map with marks differs from one without', async () => {
    const { page } = await open({ context: { reducedMotion: 'reduce' } })
    await mapReady(page)
    const drawn = await coloured(page)
    const none = await open({
      context: { reducedMotion: 'reduce' },
      faults: { graphql: faults.data((data, { variables }) => data.map && variables.zoom !== undefined && Object.assign(data.map, { areas: [], feeders: [], sites: [], groups: [] })) },
    })
    await none.page.getByTestId('map').locator('canvas').first().waitFor()
    expect(await coloured(none.page)).toBeLessThan(drawn)
  })

  test('a mark can be tapped', async () => {
    const site = await anchoredSite('OFF')
    const { page } = await open({ at: `#/?site=${site.siteId}` })
    await mapReady(page)
    await expect.poll(() => listed(page)).toContain(site.locality)
    const box = (await page.getByTestId('map').boundingBox())!
    const chosen = page.locator('.chosen')
    // The map looks at the place of the answer.
    await expect
      .poll(async () => {
        await page.mouse.click(box.x + box.width / 2, box.y + box.height / 2)
        return chosen.count()
      })
      .toBe(1)
    expect(await chosen.innerText()).toMatch(/OFF|ON|NO DATA/)
  })

  test('while the map\'s question fails, the page says so and the answer stays', async () => {
    const site = await anchoredSite('OFF')
    const { page } = await open({
      at: `#/?site=${site.siteId}`,
      faults: { graphql: async (asked, pass) => (String(asked.body).includes('"zoom"') ? undefined : pass()) },
    })
    await expect.poll(() => page.locator('.map-panel').getByTestId('notice-error').count()).toBe(1)
    expect(await page.getByTestId('answer').innerText()).toContain(site.locality)
  })
})

/** Pixels of the map's canvases that are in the colours of states. */
const coloured = (page: Awaited<ReturnType<typeof open>>['page']) =>
  page.getByTestId('map').evaluate((map) => {
    let count = 0
    for (const canvas of map.querySelectorAll('canvas')) {
      const { data } = canvas.getContext('2d')!.getImageData(0, 0, canvas.width, canvas.height)
      for (let i = 0; i < data.length; i += 4) {
        const [r, g, b, a] = [data[i]!, data[i + 1]!, data[i + 2]!, data[i + 3]!]
        if (a > 200 && ((r > 190 && g > 60 && g < 130 && b < 60) || (r < 60 && g > 80 && g < 150 && b > 140))) count += 1
      }
    }
    return count
  })
