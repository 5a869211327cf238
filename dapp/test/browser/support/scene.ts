// What there is to look at in the devnet of this run, as its API says now.
import { inject } from 'vitest'
import { query } from './ask'
import { fileDirectly } from './file'
import { until } from './until'

export type State = 'ON' | 'OFF' | 'NO_DATA'

export interface SiteNow {
  siteId: string
  deviceId: string
  kind: 'TRANSFORMER' | 'STREET'
  locality: string
  areaId: string
  feederId: string
  feederName: string
  stationId: string
  customers: number
  latitudeDeg: number
  longitudeDeg: number
  now: {
    state: State
    sinceUnixS: number | null
    sequence: number | null
    anchored: 'NO' | 'YES' | 'FINAL'
    batchNumber: number | null
  } | null
}

const SITE = `siteId deviceId kind locality areaId feederId feederName stationId customers latitudeDeg longitudeDeg
  now { state sinceUnixS sequence anchored batchNumber }`

/** All transformers and streets. */
export async function allSites(): Promise<SiteNow[]> {
  const { sites } = await query<{ sites: { items: SiteNow[] } }>(inject('endpoints'), `{ sites(first: 500) { items { ${SITE} } } }`)
  return sites.items
}

export async function siteNow(siteId: string): Promise<SiteNow> {
  const { site } = await query<{ site: SiteNow }>(inject('endpoints'), `query($id: String) { site(siteId: $id) { ${SITE} } }`, { id: siteId })
  return site
}

/** A site of that state whose newest reading is anchored: one that can be checked. */
export const anchoredSite = (state: State) =>
  until(`an anchored site that is ${state}`, async () => (await allSites()).find(({ now }) => now?.state === state && now.anchored !== 'NO' && now.batchNumber !== null))

/** A site whose newest reading is in a batch that is final, with other records beside it. */
export const finalSite = () =>
  until('a site whose newest reading is final', async () => {
    const found = (await allSites()).filter(({ now }) => now?.anchored === 'FINAL' && now.batchNumber !== null)
    for (const site of found) {
      const { record } = await query<{ record: { proof: { treeSize: number } } | null }>(
        inject('endpoints'),
        'query($d: String!, $s: Int53!, $n: Int53) { record(deviceId: $d, sequence: $s, batchNumber: $n) { proof { treeSize } } }',
        { d: site.deviceId, s: site.now!.sequence, n: site.now!.batchNumber },
      )
      if ((record?.proof.treeSize ?? 0) > 1) return site
    }
    return undefined
  })

export interface Area {
  areaId: string
  name: string
  batches: { number: number; status: string }[]
}

export async function areas(): Promise<Area[]> {
  const text = '{ areas { areaId name batches(first: 500) { number status } } }'
  return (await query<{ areas: Area[] }>(inject('endpoints'), text)).areas
}

/** The complaint that is looked at, filed once a file of tests. */
let filed: Promise<string> | undefined

/** A page a kind, as what follows the origin in its address. */
export async function everyPage(): Promise<Record<string, string>> {
  const site = await anchoredSite('OFF')
  const area = (await areas()).find(({ areaId }) => areaId === site.areaId)!
  const batch = area.batches.find(({ status }) => status === 'VERIFIED')!
  return {
    home: '#/',
    answer: `#/?site=${site.siteId}`,
    site: `#/site/${site.siteId}`,
    feeder: `#/feeder/${site.feederId}`,
    area: `#/area/${site.areaId}`,
    batch: `#/batch/${site.areaId}/${batch.number}`,
    check: checkAddress(site),
    about: '#/about',
    settings: '#/settings',
    report: `#/report?site=${site.siteId}`,
    complaint: `#/complaint/${await (filed ??= fileDirectly(inject('endpoints'), site, 'कल शाम से बिजली नहीं है'))}`,
    officials: '#/officials',
    administration: `#/administration?area=${site.areaId}`,
    scorecard: `#/scorecard/${site.areaId}`,
  }
}

/** Where the newest reading of a site is checked. */
export const checkAddress = ({ deviceId, now }: SiteNow): string => `#/check?device=${deviceId}&sequence=${now!.sequence}&batch=${now!.batchNumber}`

/** `14:02` where the devices are: made independently of the page's own code. */
export const clock = (unixS: number): string =>
  new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', timeZone: 'Asia/Kolkata' }).format(new Date(unixS * 1000))
