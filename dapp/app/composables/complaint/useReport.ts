import { computed, ref } from 'vue'
import { ask } from '~/api/client'
import { ReportFeeder, ReportSite, ReportTerms } from '~/api/generated/complaint'
import type { ReportFeederQuery, ReportSiteQuery, ReportTermsQuery } from '~/api/generated/types'
import { gatherEvidence } from '~/complaint/evidence'
import type { Installation } from '~/complaint/installation'
import { addressOf, freshKey } from '~/complaint/key'
import { keepMine, keepPhoto } from '~/complaint/mine'
import { enqueue, OutboxFull } from '~/complaint/outbox'
import type { Photo } from '~/complaint/photo'
import { isText, makeTextBlock, tidy } from '~/complaint/text'
import { complaintsDomain, filingId, ZERO_HASH, type Filing } from '~/complaint/typed-data'
import { useLive } from '~/composables/status/useLive'
import type { Place } from '~/settings/settings'
import { nowUnixS } from '~/time/clock'

/** Where a problem is. */
export interface Spot {
  areaId: string
  areaName: string
  feederId: string
  feederName: string
  siteId: string
  /** The devices that watch it. */
  deviceIds: string[]
  /** What it is called. */
  name: string
  /** Classes that the area takes, each with its clock. */
  classes: { class: string; clockS: number }[]
}

type Loaded = Pick<ReportSiteQuery, '_meta'> & Partial<Pick<ReportSiteQuery, 'site'> & Pick<ReportFeederQuery, 'feeder'> & Omit<ReportTermsQuery, '_meta'>>

async function load({ kind, id }: Place, signal: AbortSignal): Promise<Loaded> {
  const where = kind === 'site' ? await ask(ReportSite, { siteId: id }, signal) : kind === 'feeder' ? await ask(ReportFeeder, { id }, signal) : undefined
  const found = where && ('site' in where ? where.site : where.feeder)
  const areaId = kind === 'area' ? id : found?.areaId
  return areaId === undefined ? { _meta: where!._meta } : { ...where, ...(await ask(ReportTerms, { areaId }, signal)) }
}

function spotOf({ site, feeder, area, complaintClasses }: Loaded): Spot | null {
  if (!area) return null
  return {
    areaId: area.areaId,
    areaName: area.name,
    feederId: site?.feederId ?? feeder?.feederId ?? '',
    feederName: site?.feederName ?? feeder?.name ?? '',
    siteId: site?.siteId ?? '',
    deviceIds: site ? [site.deviceId] : (feeder?.sites.map(({ deviceId }) => deviceId) ?? []),
    name: site?.locality ?? feeder?.name ?? area.name,
    classes: complaintClasses ?? [],
  }
}

/** Why a complaint was not taken here. */
export type ReportProblem = 'noText' | 'noClass' | 'full' | 'noCrypto'

/** A problem that is reported from a place: what there is to choose, and the filing. */
export function useReport(place: () => Place) {
  const { live, data, refresh } = useLive<Loaded>(
    () => `report ${place().kind} ${place().id}`,
    (signal) => load(place(), signal),
  )
  const spot = computed(() => (data.value ? spotOf(data.value) : undefined))
  const problem = ref<ReportProblem>()

  /** Files with a fresh key; gives the complaint's id, which is known before anything is sent. */
  async function file(kind: string, text: string, photo: Photo | null, at: Spot, { chainId, complaints }: Installation): Promise<string | undefined> {
    const tidied = tidy(text)
    problem.value = kind === '' ? 'noClass' : isText(tidied) ? undefined : 'noText'
    if (globalThis.crypto?.subtle === undefined) problem.value = 'noCrypto'
    if (problem.value) return undefined
    const key = freshKey()
    const { block, digest } = await makeTextBlock(tidied, photo?.digest)
    const gathered = await gatherEvidence(at, nowUnixS.value)
    const evidence = 'block' in gathered ? gathered : null
    const filing: Filing = { area: at.areaId, site: at.siteId, feeder: at.feederId, class: kind, text: digest, evidence: evidence?.digest ?? ZERO_HASH, filer: addressOf(key) }
    const complaintId = filingId(filing, complaintsDomain(chainId, complaints))
    if (photo) await keepPhoto(photo)
    // The key first: what is sent without it could never be followed.
    await keepMine({ complaintId, key, isFiler: true, place: at.name, atMs: Date.now() })
    try {
      await enqueue({ complaintId, areaId: at.areaId, key, said: { filing, block, evidence: evidence?.block ?? null, photo: photo?.digest ?? null, attached: 'why' in gathered ? gathered : { records: gathered.records } } })
    } catch (thrown) {
      if (!(thrown instanceof OutboxFull)) throw thrown
      problem.value = 'full'
      return undefined
    }
    return complaintId
  }
  return { live, spot, problem, file, refresh }
}
