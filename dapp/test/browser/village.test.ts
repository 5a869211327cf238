// Places of the basemap, where the devnet has one: found like the others, and said to have no state of their own.
import { describe, expect, inject, test } from 'vitest'
import { answer } from './support/answer'
import { query } from './support/ask'
import * as faults from './support/faults'
import { mapQuestions } from './support/map'
import { PHONE, open } from './support/open'
import type { Fault } from './support/origin'
import { anchoredSite } from './support/scene'

/** A basemap of one place beside a watched one, whatever this machine has. */
const basemap = ({ latitudeDeg, longitudeDeg }: { latitudeDeg: number; longitudeDeg: number }): Fault => async ({ path }) => {
  const point = `${Math.round(latitudeDeg * 1e6)},${Math.round(longitudeDeg * 1e6)}`
  const csv = `district,name,latitude_e6,longitude_e6,population\nPalwal,Quaxpur <b>,${point},900\n`
  return path.endsWith('places.csv') ? { status: 200, headers: { 'content-type': 'text/csv' }, body: Buffer.from(csv) } : { status: 404, headers: {}, body: Buffer.from('') }
}

describe('a village that nobody measures', () => {
  test('is found, and answered by the nearest feeder, as not its own', async () => {
    const site = await anchoredSite('OFF')
    const { page, origin } = await open({ context: PHONE, faults: { basemap: basemap(site) } })
    await page.getByTestId('answer').waitFor()
    expect(origin.seen.map(({ path }) => path).filter((path) => path.includes('places.csv'))).toEqual([])
    await page.getByTestId('search').fill('quaxpoor')
    await expect.poll(() => page.getByTestId('search-option').allInnerTexts()).toEqual([expect.stringMatching(/Quaxpur <b>[^]*not measured[^]*Palwal/)])
    await page.getByTestId('search-option').click()
    await expect.poll(() => answer(page).innerText()).toContain('No device measures it')
    const { near } = await query<{ near: { site: { locality: string; feederName: string } }[] }>(
      inject('endpoints'),
      `{ near(latitudeDeg: ${site.latitudeDeg}, longitudeDeg: ${site.longitudeDeg}, first: 1) { site { locality feederName } } }`,
    )
    const text = await answer(page).innerText()
    expect(text).toContain(near[0]!.site.locality)
    expect(text).toContain(near[0]!.site.feederName)
    expect(text).toMatch(/not known: whether Quaxpur <b>/i)
    // The map looks there.
    await expect.poll(() => mapQuestions(origin).at(-1)?.zoom ?? 0).toBeGreaterThanOrEqual(13)
    await answer(page).getByRole('link', { name: near[0]!.site.feederName }).first().click()
    await expect.poll(() => page.url()).toContain('feeder=')
  })

  test('is found without a network, once the names were loaded', async () => {
    const site = await anchoredSite('OFF')
    const { page, origin } = await open({ faults: { basemap: basemap(site) } })
    await page.getByTestId('search').fill('Quaxpur')
    await page.getByTestId('search-option').first().waitFor()
    origin.faults = { basemap: faults.away, graphql: faults.away }
    await page.reload()
    await page.getByTestId('search').fill('Quaxpur')
    await expect.poll(() => page.getByTestId('search-option').count()).toBe(1)
  })

  test('far from everything it says so', async () => {
    const { page } = await open({ at: '#/?near=52.52,13.405&name=Berlin' })
    await expect.poll(() => answer(page).innerText()).toMatch(/nothing within 50 km/i)
  })
})
