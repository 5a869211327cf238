// Numbers and times in words.
import type { Area, Anchored, BatchStatus, Meta, Site, State } from './api/types'

const DAY_S = 86_400

export const count = (n: number): string => n.toLocaleString('en')

export const plural = (n: number, one: string, many = `${one}s`): string => `${count(n)} ${n === 1 ? one : many}`

export const percent = (share: number): string =>
  // 99.6 % is not all of it, and 0.4 % is not nothing.
  `${share > 0 && share < 0.01 ? '<1' : share < 1 && share > 0.99 ? '>99' : Math.round(share * 100)} %`

/** `14:02` today, else `22 Nov, 14:02`; the reader's own time zone. */
export function clock(unixS: number, nowUnixS: number, timeZone?: string): string {
  const time = new Date(unixS * 1000)
  const day = (at: Date) => at.toLocaleDateString('en-GB', { timeZone })
  const hour = time.toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit', timeZone })
  if (day(time) === day(new Date(nowUnixS * 1000))) return hour
  return `${time.toLocaleDateString('en-GB', { day: 'numeric', month: 'short', timeZone })}, ${hour}`
}

/** `3 h 20 min`: how long something has lasted. */
export function lasted(seconds: number): string {
  if (seconds < 60) return `${Math.max(0, Math.round(seconds))} s`
  const minutes = Math.floor(seconds / 60)
  if (minutes < 60) return `${minutes} min`
  const hours = Math.floor(minutes / 60)
  if (hours < 48) return minutes % 60 ? `${hours} h ${minutes % 60} min` : `${hours} h`
  return `${Math.floor(seconds / DAY_S)} days`
}

export const STATE_WORDS: Record<State, string> = { ON: 'ON', OFF: 'OFF', NO_DATA: 'NO DATA' }

export const ANCHORED_WORDS: Record<Anchored, string> = { NO: 'not anchored yet', YES: 'anchored', FINAL: 'final' }

export const BATCH_WORDS: Record<BatchStatus, string> = {
  EMPTY: 'empty: nothing arrived',
  PENDING: 'being fetched',
  UNAVAILABLE: 'blocks not available',
  VERIFIED: 'verified',
  FAILED: 'FAILED',
}

/** The headline of an area. */
export function areaWords(area: Area): string {
  const { off, noData, total } = area.sitesByState
  if (total === 0) return 'No site is enrolled yet'
  const customers = area.customersByState
  const parts: string[] = []
  if (off > 0) {
    const whom = customers.total > 0 ? `: ${plural(customers.off, 'customer')} without supply` : ''
    parts.push(`${count(off)} of ${plural(total, 'site')} OFF${whom}`)
  }
  if (noData > 0) parts.push(`no data from ${count(noData)}${off ? '' : ` of ${plural(total, 'site')}`}`)
  if (parts.length === 0) parts.push(`All ${plural(total, 'site')} ON`)
  return parts.join('; ')
}

/** When a site's state began, in words. */
export function sinceWords(now: Site['now'], nowUnixS: number): string {
  if (!now) return 'removed'
  if (now.state === 'NO_DATA') {
    return now.lastHeardUnixS === null ? 'never heard' : `last heard ${clock(now.lastHeardUnixS, nowUnixS)}`
  }
  if (now.sinceUnixS === null) return ''
  return `since ${clock(now.sinceUnixS, nowUnixS)} (${lasted(nowUnixS - now.sinceUnixS)})`
}

/** What the readings are, for someone who takes them for news. */
export function provenanceWords({ kind, source, shiftS, uncertaintyS }: Meta['provenance']): string {
  const exact = uncertaintyS > 0 ? ` The source's own times may be off by ${lasted(uncertaintyS)}.` : ''
  if (kind === 'LIVE') return `Live readings: ${source}.${exact}`
  if (kind === 'GENERATED') return `Not real: these readings are made up (${source}).${exact}`
  const days = Math.round(Math.abs(shiftS) / DAY_S)
  return `Not now: real outages of the past, played again ${plural(days, 'day')} ${shiftS < 0 ? 'earlier' : 'later'} (${source}).${exact}`
}

const ORDER: Record<State, number> = { OFF: 0, NO_DATA: 1, ON: 2 }

/** OFF first, then NO DATA, then ON; the longest within each first. */
export function inOrder(sites: Site[]): Site[] {
  const rank = (site: Site) => (site.now ? ORDER[site.now.state] : 3)
  const since = (site: Site) => site.now?.sinceUnixS ?? 0
  return [...sites].sort(
    (a, b) => rank(a) - rank(b) || since(a) - since(b) || a.deviceId.localeCompare(b.deviceId),
  )
}
