import { ref, shallowRef } from 'vue'
import { ApiError, ask } from '~/api/client'
import { Near } from '~/api/generated/near'
import type { NearQuery } from '~/api/generated/types'
import { heardFrom } from '~/status/service'

/** Places that are asked for. */
const FIRST = 5
/** How long the phone may take to find itself, in milliseconds. */
const TIMEOUT_MS = 15_000
/** A position as old as this will do. */
const MAX_AGE_MS = 300_000
/** Digits that the service gets: about a hundred metres. */
const DIGITS = 3

export type NearProblem = 'unavailable' | 'insecure' | 'refused' | 'timeout' | 'nothing' | 'service'

const position = () =>
  new Promise<GeolocationPosition>((resolve, reject) =>
    navigator.geolocation.getCurrentPosition(resolve, reject, { timeout: TIMEOUT_MS, maximumAge: MAX_AGE_MS, enableHighAccuracy: false }),
  )

const rounded = (degrees: number) => Number(degrees.toFixed(DIGITS))

/** The places nearest to the reader: asked for by `find` only, and told to the service rounded. */
export function useNear() {
  const found = shallowRef<NearQuery['near']>([])
  const problem = ref<NearProblem | null>(null)
  const isBusy = ref(false)

  async function look(): Promise<NearProblem | null> {
    if (!window.isSecureContext) return 'insecure'
    if (!('geolocation' in navigator)) return 'unavailable'
    let coords: GeolocationCoordinates
    try {
      coords = (await position()).coords
    } catch (error) {
      const { code } = error as GeolocationPositionError
      return code === 1 ? 'refused' : code === 3 ? 'timeout' : 'unavailable'
    }
    try {
      const answer = await ask(Near, { latitudeDeg: rounded(coords.latitude), longitudeDeg: rounded(coords.longitude), first: FIRST })
      heardFrom(answer._meta, true)
      found.value = answer.near
      return answer.near.length > 0 ? null : 'nothing'
    } catch (error) {
      if (error instanceof ApiError) return 'service'
      throw error
    }
  }

  async function find() {
    isBusy.value = true
    problem.value = null
    found.value = []
    try {
      problem.value = await look()
    } finally {
      isBusy.value = false
    }
  }
  return { found, problem, isBusy, find, close: () => ((found.value = []), (problem.value = null)) }
}
