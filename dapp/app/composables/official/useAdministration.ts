import { ref, shallowRef, watch } from 'vue'
import { ask } from '~/api/client'
import { OfficialAreas, Officials } from '~/api/generated/officials'
import type { OfficialAreasQuery, OfficialsQuery } from '~/api/generated/types'
import type { Installation } from '~/complaint/installation'
import { useLive } from '~/composables/status/useLive'
import { isAdministrator, rostersOf, scheduleOf, type RosterVersion } from '~/official/administration'
import { jobs } from '~/official/jobs'
import { nowUnixS } from '~/time/clock'

export type OfficialItem = OfficialsQuery['officials'][number]

/** Who may act in an area and how long they have, for everybody to read; and whether this account may change it. */
export function useAdministration(areaId: () => string, account: () => string | undefined, found: () => Installation | null | undefined) {
  const areas = useLive<OfficialAreasQuery>(() => 'official areas', () => ask(OfficialAreas, {}))
  const { live, data, refresh } = useLive<OfficialsQuery>(
    () => (areaId() ? `officials ${areaId()}` : null),
    (signal) => ask(Officials, { areaId: areaId() }, signal),
  )
  const schedule = shallowRef<Awaited<ReturnType<typeof scheduleOf>>>()
  const canAct = ref(false)

  const rosters = shallowRef<RosterVersion[]>()

  let asked = 0
  /** What is there stays while it is asked for anew, and where nobody can be asked. */
  async function loadClocks() {
    const [area, installation, question] = [areaId(), found(), ++asked]
    if (!area || !installation) return
    const read = await scheduleOf(installation, area, nowUnixS.value).catch(() => undefined)
    if (question === asked && read !== undefined) schedule.value = read
  }
  async function loadRosters() {
    const [area, installation] = [areaId(), found()]
    rosters.value = undefined
    if (!area || !installation) return
    const read = await rostersOf(installation, area).catch(() => undefined)
    if (areaId() === area) rosters.value = read
  }
  watch([areaId, found], () => ((schedule.value = undefined), void loadClocks(), void loadRosters()), { immediate: true })
  // A change begins in a second to come, by the chain's clock.
  watch(data, loadClocks)
  watch([account, found], async () => {
    const [address, installation] = [account(), found()]
    canAct.value = false
    if (address && installation) canAct.value = await isAdministrator(installation, address).catch(() => false)
  }, { immediate: true })
  // What was just done is read at once.
  watch(() => jobs.value.filter(({ state }) => state === 'mined').length, () => (void refresh(), void loadClocks()))

  return { areas: areas.data, live, data, schedule, rosters, canAct, refresh }
}
