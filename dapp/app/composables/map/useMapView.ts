import { computed, shallowRef, watch, type Ref } from 'vue'
import { ask } from '~/api/client'
import { MapExtent, MapWindow } from '~/api/generated/map'
import type { MapWindowQuery } from '~/api/generated/types'
import { useLive } from '~/composables/status/useLive'
import { clusters } from '~/map/clusters'
import { inOrder, marksOf, type Bounds, type Mark } from '~/map/marks'
import { asked, contains, within } from '~/map/window'
import { EAST, WEST } from '~/map/world'
import type { View } from './useMap'

/** Pause after the last movement before the service is asked. */
const SETTLE_MS = 180

/** The window in which there is anything; none where there is nothing. */
export async function extent(): Promise<Bounds | null> {
  for (const window of [EAST, WEST]) {
    const { areas, groups } = (await ask(MapExtent, { window })).map
    const parts = [...areas, ...groups]
    if (parts.length > 0) {
      return {
        south: Math.min(...parts.map(({ south }) => south)),
        west: Math.min(...parts.map(({ west }) => west)),
        north: Math.max(...parts.map(({ north }) => north)),
        east: Math.max(...parts.map(({ east }) => east)),
      }
    }
  }
  return null
}

/** The marks of what the map shows, now or at a time of the past. */
export function useMapView(view: Ref<View | undefined>, atUnixS: Ref<number | null>) {
  const question = shallowRef<{ bounds: Bounds; zoom: number; atUnixS: number | null }>()
  let timer: ReturnType<typeof setTimeout> | undefined

  watch([view, atUnixS], () => {
    clearTimeout(timer)
    timer = setTimeout(() => {
      if (!view.value) return
      const { bounds, zoom } = view.value
      const last = question.value
      const isAsked = last && last.zoom === zoom && last.atUnixS === atUnixS.value && contains(last.bounds, bounds)
      if (!isAsked) question.value = { bounds: asked(bounds), zoom, atUnixS: atUnixS.value }
    }, SETTLE_MS)
  })

  const { live, data, refresh } = useLive<MapWindowQuery>(
    () => (question.value ? `map ${JSON.stringify(question.value)}` : null),
    (signal) => {
      const { bounds, zoom, atUnixS: at } = question.value!
      return ask(MapWindow, { window: bounds, zoom: Math.round(zoom), atUnixS: at }, signal)
    },
    { holds: true, keptAs: 'map' },
  )
  const shown = computed(() => data.value?.map)
  const grouped = computed(() => clusters(shown.value?.sites ?? []))
  /** All marks that are loaded, for drawing. */
  const marks = computed<Mark[]>(() => {
    if (!shown.value) return []
    const around = question.value?.bounds ?? view.value?.bounds
    return [...marksOf(shown.value), ...(around ? grouped.value(around, view.value?.zoom ?? 13) : [])]
  })
  /** Those inside the window, the worst first. */
  const inside = computed(() => inOrder(view.value ? within(marks.value, view.value.bounds) : marks.value))
  const periodS = computed(() => {
    const last = data.value?.batches.items[0]
    return last ? last.periodEndUnixS - last.periodStartUnixS : null
  })
  return { live, shown, marks, inside, periodS, refresh }
}
