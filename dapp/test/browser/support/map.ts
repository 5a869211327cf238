// The map as a person without a mouse has it, and what it asked of the service.
import type { Page } from 'playwright-core'
import type { Origin } from './origin'

export interface MapQuestion {
  window: { west: number; south: number; east: number; north: number }
  zoom: number
  atUnixS: number | null
}

/** The questions for marks, in order. */
export const mapQuestions = (origin: Origin): MapQuestion[] =>
  origin.seen
    .filter(({ upstream, method }) => upstream === 'graphql' && method === 'POST')
    .flatMap(({ asked }) => {
      const { variables } = JSON.parse(asked) as { variables?: Partial<MapQuestion> }
      return variables?.window && variables.zoom !== undefined ? [variables as MapQuestion] : []
    })

/** Waits until the map is there and has marks. */
export async function mapReady(page: Page) {
  await page.getByTestId('map').locator('.leaflet-map-pane').waitFor({ state: 'attached' })
  await page.getByTestId('map-list').locator('li').first().waitFor()
}

/** Names in the list, in its order. */
export const listed = (page: Page) => page.getByTestId('map-list').locator('.list-title').allInnerTexts().then((all) => all.map((name) => name.trim()))
