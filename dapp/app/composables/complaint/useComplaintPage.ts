import { computed, shallowRef, watch } from 'vue'
import { ask } from '~/api/client'
import { BesideFeeder, BesideSite, ComplaintPage } from '~/api/generated/complaint'
import type { ComplaintPageQuery, NoticeLineFragment, SensorLineFragment } from '~/api/generated/types'
import { due } from '~/complaint/due'
import { useLive } from '~/composables/status/useLive'
import { siteMark } from '~/map/marks'
import { noticeAt } from '~/notice/lines'
import { nowUnixS } from '~/time/clock'
import { DAY_S, HOUR_S } from '~/time/format'
import { intervals } from '~/timeline/intervals'

/** What is shown before the filing. */
const BEFORE_S = 6 * HOUR_S
/** History that is asked for, at most. */
const MAX_WINDOW_S = 7 * DAY_S
/** Places whose rows are drawn. */
const MAX_ROWS = 6

export type ComplaintDetail = NonNullable<ComplaintPageQuery['complaint']>
interface Beside {
  sites: SensorLineFragment[]
  notices: NoticeLineFragment[]
}

async function loadBeside({ areaId, feederId, siteId }: ComplaintDetail, fromUnixS: number): Promise<Beside> {
  if (siteId) {
    const { site, notices } = await ask(BesideSite, { areaId, siteId, fromUnixS })
    return { sites: site ? [site] : [], notices }
  }
  if (!feederId) return { sites: [], notices: [] }
  const { feeder, notices } = await ask(BesideFeeder, { areaId, feederId, fromUnixS })
  return { sites: feeder?.sites ?? [], notices }
}

/** Everything on a complaint's page, kept up to date. */
export function useComplaintPage(id: () => string) {
  const { live, data, refresh } = useLive<ComplaintPageQuery>(
    () => `complaint ${id()}`,
    (signal) => ask(ComplaintPage, { id: id() }, signal),
  )
  const complaint = computed(() => data.value?.complaint)
  const clock = computed(() => (complaint.value ? due(complaint.value, nowUnixS.value) : undefined))
  const window = computed(() => {
    const filed = complaint.value?.filedAtUnixS ?? nowUnixS.value
    return { fromUnixS: Math.max(filed - BEFORE_S, nowUnixS.value - MAX_WINDOW_S), toUnixS: nowUnixS.value }
  })

  const beside = shallowRef<Beside>()
  watch(data, async () => {
    const now = complaint.value
    // What stands beside it is missing rather than the complaint.
    if (now) beside.value = await loadBeside(now, nowUnixS.value - MAX_WINDOW_S).catch(() => beside.value)
  })
  /** The sensors' line: of the site, else of the feeder's places. */
  const rows = computed(() =>
    (beside.value?.sites ?? []).slice(0, MAX_ROWS).map((site) => ({ label: site.locality, intervals: intervals(site.history, site.now, site.heartbeatS, window.value) })),
  )
  /** The planned outage that covers the time when it was opened. */
  const notice = computed(() => (complaint.value ? noticeAt(beside.value?.notices ?? [], complaint.value.feederId, complaint.value.openedAtUnixS) : undefined))
  /** The place that a device watches, if it is one of those beside the complaint. */
  const siteOf = (deviceId: string) => beside.value?.sites.find((site) => site.deviceId === deviceId)
  /** The same places as marks of a map. */
  const marks = computed(() =>
    (beside.value?.sites ?? []).map((site) =>
      siteMark({ ...site, state: site.now?.state ?? 'NO_DATA', anchored: site.now?.anchored ?? 'NO', sinceUnixS: site.now?.sinceUnixS ?? null, lastHeardUnixS: site.now?.lastHeardUnixS ?? null }),
    ),
  )
  return { live, data, complaint, clock, window, rows, marks, notice, siteOf, refresh }
}
