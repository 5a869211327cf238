// What time it is. The service's clock counts: a phone's may be wrong, by years even.
import { ref } from 'vue'

/** How often durations on the page move on. */
const TICK_MS = 10_000

/** The service's time less this device's, in milliseconds; 0 until it has answered. */
let aheadMs = 0

const current = () => Math.floor((Date.now() + aheadMs) / 1000)

/** Now, in UNIX seconds by the service's clock; moves on by itself. */
export const nowUnixS = ref(current())

/** Takes the time of an answer that has just come. */
export function setServiceTime(unixS: number): void {
  aheadMs = unixS * 1000 - Date.now()
  nowUnixS.value = current()
}

/** Seconds from then to now; a time in the future is no time ago. */
export const secondsSince = (unixS: number, now: number): number => Math.max(0, now - unixS)

/** Starts the ticking; gives back what stops it. */
export function startClock(): () => void {
  const timer = setInterval(() => (nowUnixS.value = current()), TICK_MS)
  return () => clearInterval(timer)
}
