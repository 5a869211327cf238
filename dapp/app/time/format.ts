// Numbers, times and durations in the reader's language. Times are the area's own: its offset is fixed, so neither the
// reader's time zone nor a change to daylight time moves them.

/** vue-i18n's `t`, as far as it is used here. */
export type Translate = (key: string, named?: Record<string, unknown>, plural?: number) => string

export const MINUTE_S = 60
export const HOUR_S = 3_600
export const DAY_S = 86_400
/** Up to this, a duration is told in hours. */
const MAX_HOURS_S = 48 * HOUR_S

/** Within so much of now, a time needs no day. */
const PLAIN_HOURS_S = 12 * HOUR_S

/** Names of offsets that people know. */
const ZONE_NAMES: Record<number, string> = { 0: 'UTC', 19_800: 'IST' }

export type Format = ReturnType<typeof createFormat>

/** `14:02` of the area as a date whose UTC fields are its local ones. */
const shifted = (unixS: number, offsetS: number) => new Date((unixS + offsetS) * 1000)

/** The day of a time in the area, `YYYY-MM-DD`. */
export const localDate = (unixS: number, offsetS: number): string => shifted(unixS, offsetS).toISOString().slice(0, 10)

/** Beginning of the local day that holds a time. */
export const localDayStart = (unixS: number, offsetS: number): number =>
  Math.floor((unixS + offsetS) / DAY_S) * DAY_S - offsetS

/** `UTC+5:30`. */
export function offsetWords(offsetS: number): string {
  const minutes = Math.round(Math.abs(offsetS) / 60)
  const rest = minutes % 60
  return minutes === 0 ? 'UTC' : `UTC${offsetS < 0 ? '−' : '+'}${Math.floor(minutes / 60)}${rest ? `:${String(rest).padStart(2, '0')}` : ''}`
}

/** `IST (UTC+5:30)`. */
export function zoneWords(offsetS: number): string {
  const name = ZONE_NAMES[offsetS]
  return name === undefined || name === 'UTC' ? offsetWords(offsetS) : `${name} (${offsetWords(offsetS)})`
}

/** Made when first wanted and then kept: making one takes a phone some milliseconds, and every component formats. */
function kept<T>(make: (locale: string) => T): (locale: string) => T {
  const made = new Map<string, T>()
  return (locale) => {
    const one = made.get(locale) ?? make(locale)
    made.set(locale, one)
    return one
  }
}
const numbers = kept((locale) => new Intl.NumberFormat(locale))
const times = kept((locale) => new Intl.DateTimeFormat(locale, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23', timeZone: 'UTC' }))
const days = kept((locale) => new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'short', timeZone: 'UTC' }))
const weekdays = kept((locale) => new Intl.DateTimeFormat(locale, { weekday: 'short', day: 'numeric', month: 'short', timeZone: 'UTC' }))

/** Formats for one language; `locale` is a BCP 47 tag such as `hi-IN`. */
export function createFormat(locale: string, t: Translate) {
  const count = (n: number) => numbers(locale).format(n)
  const clock = (unixS: number, offsetS: number) => times(locale).format(shifted(unixS, offsetS))
  const date = (unixS: number, offsetS: number) => days(locale).format(shifted(unixS, offsetS))

  /** `22 Nov, 14:02`. */
  const stamp = (unixS: number, offsetS: number) => t('time.onDay', { day: date(unixS, offsetS), time: clock(unixS, offsetS) })

  /** `14:02` today or in the hours around now, else `22 Nov, 14:02`. */
  function moment(unixS: number, now: number, offsetS: number): string {
    const isNear = Math.abs(unixS - now) < PLAIN_HOURS_S || localDate(unixS, offsetS) === localDate(now, offsetS)
    return isNear ? clock(unixS, offsetS) : stamp(unixS, offsetS)
  }

  /** `3 h 20 min`: how long something lasts. Less than nothing is nothing. */
  function lasted(seconds: number): string {
    const whole = Math.max(0, Math.round(seconds))
    if (whole < MINUTE_S) return t('time.seconds', { n: count(whole) })
    const minutes = Math.floor(whole / MINUTE_S)
    if (whole < HOUR_S) return t('time.minutes', { n: count(minutes) })
    if (whole < MAX_HOURS_S) {
      const hours = count(Math.floor(minutes / 60))
      return minutes % 60 ? t('time.hoursMinutes', { h: hours, m: count(minutes % 60) }) : t('time.hours', { n: hours })
    }
    const full = Math.floor(whole / DAY_S)
    const hours = Math.floor((whole % DAY_S) / HOUR_S)
    return hours ? t('time.daysHours', { d: count(full), h: count(hours) }) : t('time.days', { n: count(full) })
  }

  /** A share, 0 to 1. 99.6 % is not all of it, and 0.4 % is not nothing. */
  function percent(share: number): string {
    if (share > 0 && share < 0.01) return '<1 %'
    if (share < 1 && share > 0.99) return '>99 %'
    return `${count(Math.round(share * 100))} %`
  }

  const distance = (metres: number) =>
    metres < 1000 ? t('distance.m', { n: count(Math.round(metres / 10) * 10) }) : t('distance.km', { n: count(Math.round(metres / 100) / 10) })

  return {
    count,
    clock,
    date,
    stamp,
    moment,
    lasted,
    percent,
    distance,
    /** `Mon, 23 Nov`. */
    dayName: (unixS: number, offsetS: number) => weekdays(locale).format(shifted(unixS, offsetS)),
    /** `3 min ago`. */
    ago: (seconds: number) => (seconds < MINUTE_S ? t('time.justNow') : t('time.ago', { lasted: lasted(seconds) })),
  }
}
