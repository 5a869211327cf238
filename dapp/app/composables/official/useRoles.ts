import { ref, shallowRef, watch } from 'vue'
import { ask } from '~/api/client'
import { OfficialAreas } from '~/api/generated/officials'
import type { OfficialAreasQuery } from '~/api/generated/types'
import { OFFICIALS } from '~/complaint/contracts'
import type { Installation } from '~/complaint/installation'
import { nameBytes32 } from '~/complaint/names'
import { readContract } from '~/complaint/node'
import { mapConcurrently } from '~/proof/concurrent'

export type OfficialArea = OfficialAreasQuery['areas'][number]
export interface Role {
  area: OfficialArea
  level: number
}

/** Where an account may act now, as the chain says. `undefined` until that is known. */
export function useRoles(account: () => string | undefined, found: () => Installation | null | undefined) {
  const roles = shallowRef<Role[]>()
  const areas = shallowRef<OfficialArea[]>([])
  const isMissing = ref(false)

  async function load() {
    const address = account()
    const installation = found()
    roles.value = undefined
    isMissing.value = false
    if (!address || !installation) return
    try {
      areas.value = (await ask(OfficialAreas, {})).areas
      const level = async (area: OfficialArea) => Number((await readContract(OFFICIALS, installation.officials, 'levelOf', [nameBytes32(area.areaId), address]))[0])
      const levels = await mapConcurrently(areas.value, level)
      if (account() === address) roles.value = areas.value.flatMap((area, i) => (levels[i]! > 0 ? [{ area, level: levels[i]! }] : []))
    } catch {
      isMissing.value = true
    }
  }
  watch([account, found], load, { immediate: true })
  return { roles, areas, isMissing, load }
}
