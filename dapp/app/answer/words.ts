// The answer in words: what is known, how far it reaches, whether it is proven, and what is not known.
import type {
  Anchored,
  AreaAnswerQuery,
  FeederAnswerQuery,
  FeederLineFragment,
  NowFragment,
  SiteAnswerFragment,
  State,
} from '../api/generated/types'
import { secondsSince } from '../time/clock'
import type { Format, Translate } from '../time/format'

export interface Answer {
  state: State
  anchored: Anchored
  /** `OFF since 14:02 (3 h 10 min)`. */
  headline: string
  /** `whole feeder, 105 customers`. */
  scope: string
  /** Whether it is proven, and where. */
  proof: string
  /** When it was last heard. */
  heard: string
  /** What nobody can know from this. */
  unknown: string[]
}

export interface Language {
  t: Translate
  format: Format
}

/** Where and when an answer is read. */
export interface Moment {
  nowUnixS: number
  offsetS: number
}

const STATE_KEYS: Record<State, string> = { ON: 'on', OFF: 'off', NO_DATA: 'noData' }

export const stateKey = (state: State): string => STATE_KEYS[state]

/** `OFF since 14:02 (3 h 10 min)`; for silence, since when it lasts. */
export function headline(now: NowFragment, at: Moment, { t, format }: Language): string {
  const key = stateKey(now.state)
  if (now.sinceUnixS === null) return t(`headline.${key}.never`)
  const when = { time: format.moment(now.sinceUnixS, at.nowUnixS, at.offsetS) }
  // A device's clock may be ahead of everybody's.
  if (now.sinceUnixS > at.nowUnixS) return t(`headline.${key}.ahead`, when)
  return t(`headline.${key}.since`, { ...when, lasted: format.lasted(secondsSince(now.sinceUnixS, at.nowUnixS)) })
}

/** How far an outage reaches, as far as the feeder's sites tell. */
export function siteScope(site: SiteAnswerFragment, { t, format }: Language): string {
  const { feeder } = site
  const here = t('scope.customersHere', { count: format.count(site.customers) }, site.customers)
  if (!feeder || site.now?.state !== 'OFF') return here
  return feederScope(feeder, { t, format })
}

/** `whole feeder, 105 customers`, or how many of its places. */
export function feederScope(feeder: FeederLineFragment, { t, format }: Language): string {
  const { off, total } = feeder.sitesByState
  const customers = t('scope.customers', { count: format.count(feeder.customersByState.off) }, feeder.customersByState.off)
  if (off === 0) return t('scope.noneOff', { total: format.count(total) }, total)
  if (feeder.isWholeFeederOff) return t('scope.wholeFeeder', { customers })
  return t('scope.partOfFeeder', { off: format.count(off), total: format.count(total), customers })
}

type Period = { periodStartUnixS: number; periodEndUnixS: number }

/** When the batch ends that a reading of now will be in, judging by the last one; none where batches are late. */
export function nextBatchUnixS(last: Period | undefined, nowUnixS: number): number | null {
  if (!last) return null
  const due = last.periodEndUnixS + (last.periodEndUnixS - last.periodStartUnixS)
  return due >= nowUnixS ? due : null
}

/** Whether the newest reading is proven, in words. */
export function proofWords(now: NowFragment, last: Period | undefined, at: Moment, { t, format }: Language): string {
  if (now.lastHeardUnixS === null) return t('proof.nothing')
  if (now.anchored === 'NO') {
    const due = nextBatchUnixS(last, at.nowUnixS)
    return due === null ? t('proof.no') : t('proof.noDue', { time: format.moment(due, at.nowUnixS, at.offsetS) })
  }
  const key = now.anchored === 'FINAL' ? 'final' : 'yes'
  return now.batchNumber === null ? t(`proof.${key}`) : t(`proof.${key}InBatch`, { number: format.count(now.batchNumber) })
}

function heardWords(heardUnixS: number | null, at: Moment, { t, format }: Language): string {
  if (heardUnixS === null) return t('heard.never')
  const time = format.moment(heardUnixS, at.nowUnixS, at.offsetS)
  if (heardUnixS > at.nowUnixS) return t('heard.ahead', { time })
  return t('heard.at', { time, ago: format.ago(secondsSince(heardUnixS, at.nowUnixS)) })
}

function unknown(site: SiteAnswerFragment, now: NowFragment, at: Moment, { t, format }: Language): string[] {
  const heard = now.lastHeardUnixS === null ? '' : format.moment(now.lastHeardUnixS, at.nowUnixS, at.offsetS)
  if (now.state === 'OFF') return [t('unknown.off', { time: heard })]
  if (now.state === 'NO_DATA') return [heard ? t('unknown.noData', { time: heard }) : t('unknown.never')]
  const due = (now.lastHeardUnixS ?? at.nowUnixS) + site.heartbeatS
  return [t('unknown.on', { time: format.moment(due, at.nowUnixS, at.offsetS) })]
}

/** The answer for a site; none for one whose device was removed. */
export function siteAnswer(site: SiteAnswerFragment, at: Moment, language: Language): Answer | null {
  const { now } = site
  if (!now) return null
  return {
    state: now.state,
    anchored: now.anchored,
    headline: headline(now, at, language),
    scope: siteScope(site, language),
    proof: proofWords(now, site.area?.batches[0], at, language),
    heard: heardWords(now.lastHeardUnixS, at, language),
    unknown: unknown(site, now, at, language),
  }
}

const known = (values: (number | null | undefined)[]): number[] => values.filter((value): value is number => typeof value === 'number')

/** OFF if any place is; then NO DATA if any is: nothing is averaged away. */
export const worstOf = ({ off, noData, total }: { off: number; noData: number; total: number }): State =>
  off > 0 ? 'OFF' : noData > 0 || total === 0 ? 'NO_DATA' : 'ON'

/** The answer for a feeder: of all its places. */
export function feederAnswer(feeder: NonNullable<FeederAnswerQuery['feeder']>, at: Moment, language: Language): Answer {
  const { t, format } = language
  const counts = feeder.sitesByState
  const places = feeder.sites.flatMap(({ now }) => (now ? [now] : []))
  const off = places.filter((now) => now.state === 'OFF')
  const heardUnixS = known(places.map((now) => now.lastHeardUnixS)).sort((a, b) => b - a)[0] ?? null
  const told = places.filter((now) => now.lastHeardUnixS !== null)
  const anchored = told.filter((now) => now.anchored !== 'NO')
  const isFinal = told.length > 0 && told.every((now) => now.anchored === 'FINAL')
  const silent = t('unknown.silent', { n: format.count(counts.noData), total: format.count(counts.total) })
  return {
    state: worstOf(counts),
    anchored: isFinal ? 'FINAL' : anchored.length === told.length && told.length > 0 ? 'YES' : 'NO',
    headline: feederHeadline(feeder, known(off.map((now) => now.sinceUnixS)), at, language),
    scope: feederScope(feeder, language),
    proof: t('proof.some', { n: format.count(anchored.length), total: format.count(told.length) }, told.length),
    heard: heardWords(heardUnixS, at, language),
    unknown: [...(counts.noData > 0 ? [silent] : []), ...(off.length > 0 ? [t('unknown.offMany')] : [])],
  }
}

function feederHeadline(feeder: FeederLineFragment, since: number[], at: Moment, { t, format }: Language): string {
  const { off, noData, total } = feeder.sitesByState
  const counts = { off: format.count(off), noData: format.count(noData), total: format.count(total) }
  if (off === 0) return noData > 0 ? t('headline.many.noData', counts) : t('headline.many.on', counts, total)
  const from = Math.min(...since)
  if (!Number.isFinite(from)) return t('headline.many.off', counts)
  const when = { ...counts, time: format.moment(from, at.nowUnixS, at.offsetS), lasted: format.lasted(secondsSince(from, at.nowUnixS)) }
  return off === total ? t('headline.off.since', when) : t('headline.many.offSince', when)
}

/** The answer for an area: customers first, as that is whom it concerns. */
export function areaAnswer(area: NonNullable<AreaAnswerQuery['area']>, at: Moment, language: Language): Answer {
  const { t, format } = language
  const { off, noData, total } = area.sitesByState
  const customers = area.customersByState
  const feedersOff = area.feeders.filter((feeder) => feeder.sitesByState.off > 0).length
  const counts = { off: format.count(off), noData: format.count(noData), total: format.count(total) }
  const people = { n: format.count(customers.off), total: format.count(customers.total), share: format.percent(area.customersOffShare ?? 0) }
  const upTo = area.asOfUnixS === null ? null : format.moment(area.asOfUnixS, at.nowUnixS, at.offsetS)
  return {
    state: worstOf(area.sitesByState),
    anchored: upTo === null ? 'NO' : 'YES',
    headline:
      off > 0 ? t('headline.area.off', people) : noData > 0 ? t('headline.many.noData', counts) : t('headline.many.on', counts, total),
    scope: off > 0 ? t('scope.area', { ...counts, feeders: format.count(feedersOff) }, feedersOff) : t('scope.noneOff', counts, total),
    proof: upTo === null ? t('proof.nothing') : t('proof.upTo', { time: upTo }),
    heard: '',
    unknown: [...(noData > 0 ? [t('unknown.silent', { n: counts.noData, total: counts.total })] : []), t('unknown.houses')],
  }
}
