import { computed } from 'vue'
import { ofArea, ofFeeder, ofSite, type PlaceAnswer } from '~/answer/place'
import { ask } from '~/api/client'
import { AreaAnswer, FeederAnswer, SiteAnswer } from '~/api/generated/answer'
import type { AreaAnswerQuery, FeederAnswerQuery, SiteAnswerQuery } from '~/api/generated/types'
import { useFormat } from '~/composables/settings/useFormat'
import { useLive } from '~/composables/status/useLive'
import type { Place } from '~/settings/settings'
import { nowUnixS } from '~/time/clock'

type Loaded = Partial<SiteAnswerQuery & FeederAnswerQuery & AreaAnswerQuery> & Pick<SiteAnswerQuery, '_meta'>

function load({ kind, id }: Place, signal: AbortSignal): Promise<Loaded> {
  if (kind === 'feeder') return ask(FeederAnswer, { id }, signal)
  if (kind === 'area') return ask(AreaAnswer, { id }, signal)
  return ask(SiteAnswer, { siteId: id }, signal)
}

/** The answer for a place, kept up to date; `undefined` until something is known, `null` where there is no such place. */
export function useAnswer(place: () => Place) {
  const { t, format } = useFormat()
  const { live, data, refresh } = useLive<Loaded>(
    () => `answer ${place().kind} ${place().id}`,
    (signal) => load(place(), signal),
  )
  const found = computed<PlaceAnswer | null | undefined>(() => {
    const loaded = data.value
    if (!loaded) return undefined
    const language = { t, format: format.value }
    if (loaded.site) return ofSite(loaded.site, nowUnixS.value, language)
    if (loaded.feeder) return ofFeeder(loaded.feeder, loaded.areas ?? [], nowUnixS.value, language)
    if (loaded.area) return ofArea(loaded.area, nowUnixS.value, language)
    return null
  })
  return { live, found, refresh }
}
