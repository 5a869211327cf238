import { computed } from 'vue'
import { useFormat } from '~/composables/settings/useFormat'
import type { ProofError } from '~/proof/error'
import type { StepValue } from '~/proof/steps'
import { zoneWords } from '~/time/format'

/** Letters of a hash that are shown at either end. */
const HASH_ENDS = 8
/** Values of errors that are counts of bytes. */
const BYTE_VALUES = ['bytes', 'limit', 'told']

/** A long hash by its ends; anything short as it is. */
export const shortHash = (text: string): string =>
  text.length > 2 * HASH_ENDS + 2 ? `${text.slice(0, HASH_ENDS)}…${text.slice(-HASH_ENDS)}` : text

/** The values and sentences of a check, in the reader's language; times are those of the area. */
export function useProofWords(offsetS: () => number) {
  const { t, format } = useFormat()
  const { localeProperties } = useI18n()
  const clock = computed(() => {
    const style = { dateStyle: 'medium', timeStyle: 'medium', hourCycle: 'h23', timeZone: 'UTC' } as const
    return new Intl.DateTimeFormat(localeProperties.value.language, style)
  })

  /** To the second, in the area's local time. */
  function time(unixS: number): string {
    const date = new Date((unixS + offsetS()) * 1000)
    // A record may state any time up to 2^53 - 1 seconds: dates end before that.
    return Number.isNaN(date.getTime()) ? String(unixS) : clock.value.format(date)
  }

  function bytes(count: number): string {
    if (count < 1_000) return t('proof.bytes.b', { n: format.value.count(count) })
    const [key, unit] = count < 1_000_000 ? (['kb', 1_000] as const) : (['mb', 1_000_000] as const)
    const amount = count / unit
    return t(`proof.bytes.${key}`, { n: format.value.count(amount < 10 ? Math.round(amount * 10) / 10 : Math.round(amount)) })
  }

  /** The whole of a value. */
  function whole({ kind, value }: StepValue): string {
    if (typeof value === 'string') return value
    switch (kind) {
      case 'time':
        return `${time(value)} ${zoneWords(offsetS())}`
      case 'bytes':
        return bytes(value)
      case 'duration':
        return value < 0 ? t('proof.negative', { lasted: format.value.lasted(-value) }) : format.value.lasted(value)
      default:
        // Numbers of readings, batches and lines are names: without separators, as commands take them.
        return String(value)
    }
  }

  const short = (value: StepValue) => (value.kind === 'hash' ? shortHash(whole(value)) : whole(value))

  function named({ values }: ProofError): Record<string, string> {
    const say = (name: string, value: string | number) => {
      if (name === 'who') return t(`proof.who.${value}`)
      if (BYTE_VALUES.includes(name) && typeof value === 'number') return bytes(value)
      return typeof value === 'string' && /^(?:[0-9a-f]{64}|b[a-z2-7]{58})$/.test(value) ? shortHash(value) : String(value)
    }
    return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, say(name, value)]))
  }

  /** Which thing failed. */
  const what = (error: ProofError) => t(`proof.error.${error.key}.what`, named(error))
  /** What that means, and what to do. */
  const means = (error: ProofError) => t(`proof.error.${error.key}.means`)

  return { t, format, time, bytes, whole, short, what, means }
}
