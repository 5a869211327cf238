// A place with its answer, as a card shows it.
import type { AreaAnswerQuery, FeederAnswerQuery, SiteAnswerFragment } from '../api/generated/types'
import type { Place } from '../settings/settings'
import { checkLink, placeLink } from './links'
import { areaAnswer, feederAnswer, siteAnswer, type Answer, type Language } from './words'

export interface PlaceAnswer {
  /** What is saved of it. */
  place: Place
  title: string
  /** What it belongs to. */
  context: string
  /** Seconds by which its local time is ahead of UTC. */
  offsetS: number
  /** None: the device was removed. */
  answer: Answer | null
  /** Where the newest reading can be checked; none where nothing was ever heard. */
  check: string | null
  /** The place's own page. */
  page: string
  /** Where it is on the map; none of an area. */
  position: { latitudeDeg: number; longitudeDeg: number } | null
}

export function ofSite(site: SiteAnswerFragment, nowUnixS: number, language: Language): PlaceAnswer {
  const offsetS = site.area?.utcOffsetS ?? 0
  return {
    place: { kind: 'site', id: site.siteId, name: site.locality },
    title: site.locality,
    context: language.t('place.ofFeeder', { feeder: site.feederName, area: site.area?.name ?? site.areaId }),
    offsetS,
    answer: siteAnswer(site, { nowUnixS, offsetS }, language),
    check: checkLink(site),
    page: placeLink('site', site.siteId),
    position: site,
  }
}

type Feeder = NonNullable<FeederAnswerQuery['feeder']>

export function ofFeeder(feeder: Feeder, areas: FeederAnswerQuery['areas'], nowUnixS: number, language: Language): PlaceAnswer {
  const area = areas.find(({ areaId }) => areaId === feeder.areaId)
  const offsetS = area?.utcOffsetS ?? 0
  // What is checked is a reading: that of a place that is off, where there is one.
  const shown = feeder.sites.find(({ now }) => now?.state === 'OFF') ?? feeder.sites[0]
  return {
    place: { kind: 'feeder', id: feeder.feederId, name: feeder.name },
    title: feeder.name,
    context: language.t('place.feederIn', { area: area?.name ?? feeder.areaId }),
    offsetS,
    answer: feederAnswer(feeder, { nowUnixS, offsetS }, language),
    check: shown ? checkLink(shown) : null,
    page: placeLink('feeder', feeder.feederId),
    position: shown ?? null,
  }
}

export function ofArea(area: NonNullable<AreaAnswerQuery['area']>, nowUnixS: number, language: Language): PlaceAnswer {
  const offsetS = area.utcOffsetS
  return {
    place: { kind: 'area', id: area.areaId, name: area.name },
    title: area.name,
    context: language.t('place.area'),
    offsetS,
    answer: areaAnswer(area, { nowUnixS, offsetS }, language),
    check: null,
    page: placeLink('area', area.areaId),
    position: null,
  }
}
