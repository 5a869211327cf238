// What the last answers said of the service as a whole. The banner of every page reads it.
import { ref, shallowRef } from 'vue'
import type { AboutFragment } from '../api/generated/types'
import { setServiceTime } from '../time/clock'

/** Where the readings come from, as last heard. */
export const provenance = shallowRef<AboutFragment['provenance']>()

/** Whether the browser says that there is a network. */
export const isOnline = ref(typeof navigator === 'undefined' || navigator.onLine)

/** Takes what an answer says of the service; the time only of one that has just come. */
export function heardFrom(about: AboutFragment, isFresh: boolean): void {
  provenance.value = about.provenance
  if (isFresh) setServiceTime(about.nowUnixS)
}
