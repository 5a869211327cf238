import { computed } from 'vue'
import { ask } from '~/api/client'
import { Notices } from '~/api/generated/notices'
import type { NoticesQuery } from '~/api/generated/types'
import { useLive } from '~/composables/status/useLive'
import { noticeItems } from '~/notice/lines'
import { nowUnixS } from '~/time/clock'

/** Planned outages of an area, or of one feeder in it, kept up to date. */
export function useNotices(areaId: () => string, feederId: () => string | null) {
  const { live, data, refresh } = useLive<NoticesQuery>(
    () => (areaId() ? `notices ${areaId()}` : null),
    (signal) => ask(Notices, { areaId: areaId() }, signal),
  )
  const items = computed(() => noticeItems(data.value?.notices ?? [], feederId(), nowUnixS.value))
  const feeders = computed(() => data.value?.area?.feeders ?? [])
  const feederName = (id: string | null) => (id === null ? null : (feeders.value.find((feeder) => feeder.feederId === id)?.name ?? id))
  const offsetS = computed(() => data.value?.area?.utcOffsetS ?? 0)
  return { live, data, items, feeders, feederName, offsetS, refresh }
}
