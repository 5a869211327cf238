import { computed, ref, shallowRef, watch } from 'vue'
import { ask } from '~/api/client'
import { Complaints } from '~/api/generated/complaints'
import type { ComplaintsQuery } from '~/api/generated/types'
import { OPEN_STAGES } from '~/complaint/acts'
import { useLive } from '~/composables/status/useLive'

/** Complaints of one answer. */
const PAGE = 20

/** Which complaints: those of a place, all or only the open ones. */
export interface Which {
  areaId?: string
  feederId?: string
  siteId?: string
  isOpen?: boolean
}

export type ComplaintItem = ComplaintsQuery['complaints']['items'][number]

/** Complaints of a place, kept up to date; `more` brings the next ones. */
export function useComplaints(which: () => Which | null, first = PAGE) {
  const asked = () => {
    const { isOpen, ...place } = which() ?? {}
    return { ...place, stages: isOpen ? OPEN_STAGES : undefined }
  }
  const { live, data, refresh } = useLive<ComplaintsQuery>(
    () => (which() ? `complaints ${JSON.stringify(which())} ${first}` : null),
    (signal) => ask(Complaints, { ...asked(), first }, signal),
  )
  const further = shallowRef<ComplaintItem[]>([])
  const last = shallowRef<Pick<ComplaintsQuery['complaints'], 'hasMore' | 'endCursor'>>()
  const isBusy = ref(false)
  watch(() => JSON.stringify(which()), () => ((further.value = []), (last.value = undefined)))

  async function more() {
    const after = (last.value ?? data.value?.complaints)?.endCursor
    if (!after || isBusy.value) return
    isBusy.value = true
    try {
      const { complaints } = await ask(Complaints, { ...asked(), first, after })
      further.value = [...further.value, ...complaints.items]
      last.value = complaints
    } finally {
      isBusy.value = false
    }
  }

  const items = computed(() => {
    const seen = new Map([...(data.value?.complaints.items ?? []), ...further.value].map((item) => [item.id, item]))
    return [...seen.values()]
  })
  const hasMore = computed(() => (last.value ?? data.value?.complaints)?.hasMore ?? false)
  return { live, items, hasMore, more, isBusy, refresh }
}
