import { computed } from 'vue'
import { ask } from '~/api/client'
import { CheckPage } from '~/api/generated/check'
import type { CheckPageQuery } from '~/api/generated/types'
import { useLive } from '~/composables/status/useLive'

/** A record that somebody wants to check. */
export interface RecordName {
  deviceId: string
  sequence: number
  batchNumber: number | null
}

const integer = (text: unknown): number | null => (typeof text === 'string' && /^\d{1,16}$/.test(text) && Number.isSafeInteger(Number(text)) ? Number(text) : null)

/** The record that the address names, `#/check?device=…&sequence=…&batch=…`; none where it names none. */
export function recordName(query: Record<string, unknown>): RecordName | null {
  const sequence = integer(query.sequence)
  if (typeof query.device !== 'string' || !/^[a-z0-9-]{1,64}$/.test(query.device) || sequence === null) return null
  return { deviceId: query.device, sequence, batchNumber: integer(query.batch) }
}

/** What the service tells of a record. */
export function useCheckPage(name: () => RecordName | null) {
  const { live, data, refresh } = useLive<CheckPageQuery>(
    () => (name() ? `check ${JSON.stringify(name())}` : null),
    (signal) => ask(CheckPage, name()!, signal),
  )
  return { live, data, record: computed(() => data.value?.record), site: computed(() => data.value?.site), refresh }
}
