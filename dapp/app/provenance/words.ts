// What readings are, for someone who takes them for news. Banner, pictures and exports say the same.
import type { AboutFragment } from '../api/generated/types'
import type { Language } from '../answer/words'
import { DAY_S } from '../time/format'

export interface ProvenanceWords {
  title: string
  short: string
  more: string[]
}

const KEYS = { LIVE: 'live', REPLAY: 'replay', GENERATED: 'generated' } as const

export function provenanceWords(stated: AboutFragment['provenance'], { t, format }: Language): ProvenanceWords {
  const key = KEYS[stated.kind]
  const days = Math.round(Math.abs(stated.shiftS) / DAY_S)
  const moved = { n: format.count(days) }
  const short = key === 'replay' ? t(stated.shiftS < 0 ? 'provenance.replay.shortEarlier' : 'provenance.replay.short', moved, days) : t(`provenance.${key}.short`)
  return {
    title: t(`provenance.${key}.title`),
    short,
    more: [
      t('provenance.source', { source: stated.source }),
      ...(stated.uncertaintyS > 0 ? [t('provenance.uncertain', { lasted: format.lasted(stated.uncertaintyS) })] : []),
      ...(key === 'live' ? [] : [t('provenance.positions')]),
    ],
  }
}
