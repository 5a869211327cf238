// What is not certain of an outage, in words.
import type { Language } from '../answer/words'
import type { OutageLineFragment } from '../api/generated/types'

/** `uncertaintyS`: how far the source's own times may be off. */
export function outageNotes(
  outage: Pick<OutageLineFragment, 'startUncertain' | 'endUncertain' | 'endUnixS'>,
  uncertaintyS: number,
  { t, format }: Language,
): string[] {
  return [
    ...(outage.startUncertain ? [t('outages.startUncertain')] : []),
    ...(outage.endUncertain ? [t('outages.endUncertain')] : []),
    ...(uncertaintyS > 0 && outage.endUnixS !== null ? [t('outages.sourceUncertain', { lasted: format.lasted(uncertaintyS) })] : []),
  ]
}
