import { ref, shallowRef } from 'vue'
import { ask } from '~/api/client'
import { Names } from '~/api/generated/names'
import type { NamesQuery } from '~/api/generated/types'
import { serviceFolder } from '~/api/service'
import { entries, type Entry, type Name } from '~/search/find'
import { keep, recall } from '~/status/kept'

/** Names of one answer. */
const PAGE = 2_000
/** Names that are kept on a device; an installation with more is asked for each text. */
const MAX_NAMES = 10_000
/** Kept names as old as this are asked for again. */
const OLD_MS = 24 * 3_600_000

const names = shallowRef<Entry[]>([])
const isLoading = ref(false)
const isMissing = ref(false)
const isTooLong = ref(false)
let loadedFrom = ''

/** All names; none where there are too many to keep. */
async function fetchAll(): Promise<Name[] | null> {
  const all: Name[] = []
  for (let after: string | null = null; ; ) {
    const { names: page }: NamesQuery = await ask(Names, { first: PAGE, after })
    if (page.total > MAX_NAMES) return null
    all.push(...page.items)
    if (!page.hasMore || page.endCursor === null || all.length >= MAX_NAMES) return all
    after = page.endCursor
  }
}

/** Loads the names: those kept on the device at once, the service's where these are missing or old. */
async function wake(): Promise<void> {
  const from = serviceFolder()
  if (loadedFrom === from || isLoading.value) return
  isLoading.value = true
  isMissing.value = false
  const key = `names ${from}`
  const kept = await recall<Name[]>(key)
  if (kept) names.value = entries(kept.value)
  isTooLong.value = kept?.value.length === 0
  try {
    if (!kept || Date.now() - kept.atMs > OLD_MS || Date.now() < kept.atMs) {
      const all = await fetchAll()
      isTooLong.value = all === null
      names.value = entries(all ?? [])
      void keep(key, all ?? [])
    }
    loadedFrom = from
  } catch {
    isMissing.value = !kept
  } finally {
    isLoading.value = false
  }
}

/** The names that can be searched; one list for the whole page. */
export const useNames = () => ({ names, isLoading, isMissing, isTooLong, wake })
