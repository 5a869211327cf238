// Where the lines of a timeline stand: at the area's own midnights and hours.
import { HOUR_S, localDayStart } from '../time/format'
import type { Window } from './intervals'

export interface Tick {
  unixS: number
  isMidnight: boolean
}

/** Every so many hours of local time; midnights always. */
export function ticks({ fromUnixS, toUnixS }: Window, offsetS: number, everyHours: number): Tick[] {
  const step = everyHours * HOUR_S
  const all: Tick[] = []
  for (let unixS = localDayStart(fromUnixS, offsetS); unixS <= toUnixS; unixS += step) {
    if (unixS >= fromUnixS) all.push({ unixS, isMidnight: unixS === localDayStart(unixS, offsetS) })
  }
  return all
}
