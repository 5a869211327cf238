// A mark in words: on the map, in the list beside it, and when it is chosen.
import { headline, stateKey, type Language, type Moment } from '../answer/words'
import { secondsSince } from '../time/clock'
import type { Mark } from './marks'

/** What stands in the sign of several sites: `3/5` OFF, or how many there are; of an area the share of customers. */
export function signWords(mark: Mark, { format }: Pick<Language, 'format'>): string {
  if (mark.kind === 'area') return format.percent(mark.offShare ?? 0)
  const { off, noData, total } = mark.sites
  return off > 0 || noData > 0 ? `${format.count(off)}/${format.count(total)}` : format.count(total)
}

/** Lines below a sign. */
export function lineWords(mark: Mark, { t, format }: Language): string[] {
  if (mark.kind === 'area') return [mark.name]
  if (mark.kind !== 'feeder' || mark.sites.off === 0) return []
  const customers = t('scope.customers', { count: format.count(mark.customers.off) }, mark.customers.off)
  return [t('map.feederOff', { off: format.count(mark.sites.off), total: format.count(mark.sites.total), customers })]
}

/** What a mark says, in one or two sentences. */
export function markWords(mark: Mark, at: Moment, language: Language): string {
  const { t, format } = language
  const { off, noData, total } = mark.sites
  const customers = t('scope.customers', { count: format.count(mark.customers.off) }, mark.customers.off)
  if (mark.kind === 'site') return siteWords(mark, at, language)
  const silent = noData > 0 ? t('unknown.silent', { n: format.count(noData), total: format.count(total) }) : ''
  const parts: string[] = []
  if (mark.kind === 'area') {
    parts.push(t('map.areaOff', { share: format.percent(mark.offShare ?? 0), off: format.count(mark.customers.off), total: format.count(mark.customers.total) }))
    if (mark.coverageShare !== null && mark.coverageShare !== undefined) parts.push(t('map.areaCoverage', { share: format.percent(mark.coverageShare) }))
  } else if (off > 0) parts.push(t('map.placesOff', { off: format.count(off), total: format.count(total), customers }))
  else if (noData === 0) parts.push(t('headline.many.on', { total: format.count(total) }, total))
  return [...parts, silent].filter(Boolean).join('; ')
}

function siteWords(mark: Mark, at: Moment, language: Language): string {
  const { t, format } = language
  const words = headline(
    { state: mark.state, sinceUnixS: mark.sinceUnixS ?? null, lastHeardUnixS: mark.lastHeardUnixS ?? null, sequence: null, anchored: mark.anchored, batchNumber: null },
    at,
    language,
  )
  const heard =
    mark.state === 'NO_DATA' && mark.lastHeardUnixS
      ? `; ${t('map.lastHeard', { time: format.moment(mark.lastHeardUnixS, at.nowUnixS, at.offsetS), ago: format.ago(secondsSince(mark.lastHeardUnixS, at.nowUnixS)) })}`
      : ''
  return `${words}; ${t(`proof.short.${mark.anchored}`)}${heard}`
}

export const markName = (mark: Mark, { t, format }: Language): string =>
  mark.name || t('map.group', { n: format.count(mark.sites.total), state: t(`state.${stateKey(mark.state)}`) })
