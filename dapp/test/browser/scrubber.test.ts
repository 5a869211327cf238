import { expect, inject, test } from 'vitest'
import { query } from './support/ask'
import { listed, mapQuestions, mapReady } from './support/map'
import { open } from './support/open'

/** Words of a time in the past, above the map. */
const past = /looking at the past/

test('by keyboard: a step back and on, to the beginning and to now', async () => {
  const { page, origin } = await open()
  await mapReady(page)
  const scrubber = page.getByTestId('scrubber')
  const [at, last] = [() => scrubber.inputValue().then(Number), Number(await scrubber.getAttribute('max'))]
  expect(await at()).toBe(last)
  await scrubber.focus()
  await page.keyboard.press('ArrowLeft')
  expect(await at()).toBe(last - 1)
  await page.getByText(past).waitFor()
  await expect.poll(() => mapQuestions(origin).at(-1)!.atUnixS).toBeGreaterThan(0)
  // What a screen reader says is a time, not a number.
  expect(await scrubber.getAttribute('aria-valuetext')).toMatch(/\d\d:\d\d/)

  await page.keyboard.press('Home')
  expect(await at()).toBe(0)
  const hoursAgo = () => (Date.now() / 1000 - (mapQuestions(origin).at(-1)!.atUnixS ?? 0)) / 3600
  await expect.poll(hoursAgo).toBeGreaterThan(47)
  expect(hoursAgo()).toBeLessThan(48.1)
  await page.keyboard.press('End')
  expect(await at()).toBe(last)
  await page.getByText(past).waitFor({ state: 'detached' })
  await expect.poll(() => mapQuestions(origin).at(-1)!.atUnixS).toBeNull()
})

test('by mouse: the map shows what was then, and leads back to now', async () => {
  const { page, origin } = await open()
  await mapReady(page)
  const scrubber = page.getByTestId('scrubber')
  await scrubber.scrollIntoViewIfNeeded()
  const box = (await scrubber.boundingBox())!
  await page.mouse.move(box.x + box.width - 8, box.y + box.height / 2)
  await page.mouse.down()
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2, { steps: 8 })
  await page.mouse.up()
  await page.getByText(past).waitFor()
  await expect.poll(() => Math.abs((Date.now() / 1000 - (mapQuestions(origin).at(-1)!.atUnixS ?? 0)) / 3600 - 24)).toBeLessThan(3)
  // The list is that of then.
  const { window, zoom, atUnixS } = mapQuestions(origin).at(-1)!
  const text = 'query($window: MapWindow!, $zoom: Int!, $at: Int53) { map(window: $window, zoom: $zoom, atUnixS: $at) { isPast atUnixS areas { name } feeders { name } } }'
  const { map } = await query<{ map: { isPast: boolean; atUnixS: number; areas: { name: string }[]; feeders: { name: string }[] } }>(inject('endpoints'), text, { window, zoom, at: atUnixS })
  expect([map.isPast, map.atUnixS]).toEqual([true, atUnixS])
  const names = [...map.areas, ...map.feeders].map(({ name }) => name)
  await expect.poll(async () => (await listed(page)).every((name) => names.length === 0 || names.includes(name))).toBe(true)
  await page.getByTestId('scrubber-now').click()
  await page.getByText(past).waitFor({ state: 'detached' })
  expect(await page.getByTestId('scrubber-now').isDisabled()).toBe(true)
})

test('it does not move by itself', async () => {
  const { page } = await open({ before: ({ page }) => page.clock.install() })
  await mapReady(page)
  const scrubber = page.getByTestId('scrubber')
  await scrubber.focus()
  for (let i = 0; i < 5; i += 1) await page.keyboard.press('ArrowLeft')
  await page.getByText(past).waitFor()
  const time = async () => (await scrubber.getAttribute('aria-valuetext'))!.match(/\d\d:\d\d/)![0]
  const before = await time()
  await page.clock.fastForward('10:00')
  expect(await time()).toBe(before)
})

test('the part that is not anchored yet is hatched, up to where the service accounts for', async () => {
  const { page } = await open()
  await mapReady(page)
  const share = await page.locator('.track .hatched').evaluate((element) => Number.parseFloat((element as HTMLElement).style.left) / 100)
  const { areas } = await query<{ areas: { asOfUnixS: number }[] }>(inject('endpoints'), '{ areas { asOfUnixS } }')
  const lag = (Date.now() / 1000 - Math.min(...areas.map(({ asOfUnixS }) => asOfUnixS))) / (48 * 3600)
  expect(share).toBeGreaterThan(0.9)
  expect(Math.abs(1 - share - lag)).toBeLessThan(0.02)
})
