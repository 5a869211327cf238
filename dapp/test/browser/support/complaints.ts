// Complaints in the devnet of this run: filed in the page itself, looked at through the API.
import { readFileSync } from 'node:fs'
import type { Page } from 'playwright-core'
import { inject } from 'vitest'
import { query } from './ask'
import type { SiteNow } from './scene'
import { until } from './until'

export interface ComplaintNow {
  id: string
  class: string
  lastAction: string
  index: number
  affectedToo: number
  stillOff: number
  actions: { kind: string; note: string | null; signer: string; transactionHash: string }[]
}

export const complaintNow = async (id: string): Promise<ComplaintNow | null> =>
  (await query<{ complaint: ComplaintNow | null }>(inject('endpoints'), 'query($id: String!) { complaint(id: $id) { id class lastAction index affectedToo stillOff actions { kind note signer transactionHash } } }', { id })).complaint

export const untilStands = (id: string, lastAction: string) =>
  until(`complaint ${id} stands as ${lastAction}`, async () => {
    const complaint = await complaintNow(id)
    return complaint?.lastAction === lastAction && complaint
  })

/** Key of an official of the devnet. */
export function officialKey(areaId: string, level: number): string {
  const official = inject('endpoints').officials.find((one) => one.area_id === areaId && one.level === level)!
  return readFileSync(official.key_file, 'utf8').trim()
}

/** A place where something can be reported. */
export async function anySite(): Promise<Pick<SiteNow, 'siteId' | 'areaId' | 'feederId' | 'locality'>> {
  const { sites } = await query<{ sites: { items: SiteNow[] } }>(inject('endpoints'), '{ sites(first: 1) { items { siteId areaId feederId locality } } }')
  return sites.items[0]!
}

/** Files a complaint by the page's form, which is open, of the kind with this place in it; gives its id and its tracking link. */
export async function fileHere(page: Page, text: string, kind = 0): Promise<{ id: string; link: string }> {
  await page.locator('input[name=class]').nth(kind).check()
  await page.getByTestId('report-text').fill(text)
  await page.getByTestId('report-send').click()
  const link = await page.getByTestId('tracking-link').inputValue()
  return { id: /0x[0-9a-f]{64}/.exec(link)![0], link }
}

/** Waits until what was sent from the page is on the chain. */
export const untilMined = (page: Page) => page.locator('[data-testid="complaint-delivery"][data-state="mined"]').first().waitFor()
