// axe on every page: both themes, phone and desktop, and once in Hindi.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type axe from 'axe-core'
import { describe, expect, test } from 'vitest'
import { DESKTOP, PHONE, open } from './support/open'
import { everyPage } from './support/scene'
import { openAnew, settled } from './support/visible'

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

describe.each([
  ['phone, light', { ...PHONE, colorScheme: 'light' as const }],
  ['phone, dark', { ...PHONE, colorScheme: 'dark' as const }],
  ['desktop, light', { ...DESKTOP, colorScheme: 'light' as const }],
  ['desktop, dark', { ...DESKTOP, colorScheme: 'dark' as const }],
  ['phone, light, Hindi', { ...PHONE, colorScheme: 'light' as const, locale: 'hi-IN' }],
])('%s', (_, context) => {
  test('nothing serious or critical on any page', async () => {
    const { page, origin } = await open({ context: { ...context, reducedMotion: 'reduce' } })
    const found: string[] = []
    for (const [name, at] of Object.entries(await everyPage())) {
      await openAnew(page, origin.url + at)
      found.push(...(await seriousFindings(page)).map((finding) => `${name}: ${finding}`))
    }
    expect(found).toEqual([])
  })
})

async function seriousFindings(page: Awaited<ReturnType<typeof open>>['page']): Promise<string[]> {
  await page.evaluate(AXE)
  const { violations } = await page.evaluate(() => (window as unknown as { axe: typeof axe }).axe.run(document, { resultTypes: ['violations'] }))
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html.slice(0, 160)} ${node.failureSummary?.split('\n').slice(1, 3).join(' ')}`))
}

test('axe finds what is wrong', async () => {
  const { page } = await open()
  await settled(page)
  await page.evaluate(() => document.querySelector('#main')!.insertAdjacentHTML('beforeend', '<img src="icon.svg"><button></button>'))
  expect((await seriousFindings(page)).map((finding) => finding.split(':')[0])).toEqual(expect.arrayContaining(['image-alt', 'button-name']))
})
