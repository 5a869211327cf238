// The complaints of an area as an official's queue: the first whose clock runs out, or ran out, first, to a bound.
import { ask } from '../api/client'
import { Queue, QueueRest } from '../api/generated/complaints'
import type { ComplaintStage, QueueQuery, QueueRestQuery } from '../api/generated/types'
import { openTextBlock } from '../complaint/text'

/** Complaints of one answer. */
const PAGE = 100
/** Complaints of an area that a queue takes. */
export const MAX_QUEUE = 1_000
/** What is counted past them in one answer, and at most. */
const COUNT_PAGE = 500
export const MAX_COUNTED = 10_000

type Item = QueueQuery['complaints']['items'][number]
/** A complaint with its words: none where there are none, `null` where they are not what was filed. */
export type QueueItem = Item & { words: string | null | undefined }

export interface AreaQueue {
  items: QueueItem[]
  /** How many more there are. */
  more: number
  /** There are even more than were counted. */
  isMore: boolean
}

/** Opens the words here: the service's own are nobody's. */
async function opened(item: Item): Promise<QueueItem> {
  const { block } = item.text
  return { ...item, words: block === null ? undefined : ((await openTextBlock(block, `0x${item.textDigest}`).catch(() => null))?.text ?? null) }
}

/** The queue of an area. */
export async function areaQueue(areaId: string, stages: ComplaintStage[] | undefined, signal?: AbortSignal): Promise<AreaQueue> {
  const items = new Map<string, Item>()
  let after: string | null = null
  let isAll = false
  for (let page = 0; !isAll && page < MAX_QUEUE / PAGE; page++) {
    const { complaints }: QueueQuery = await ask(Queue, { areaId, stages, first: PAGE, after }, signal)
    for (const item of complaints.items) items.set(item.id, item)
    after = complaints.endCursor
    isAll = !complaints.hasMore
  }
  const counted = isAll ? { more: 0, isMore: false } : await rest(areaId, stages, after, signal)
  return { items: await Promise.all([...items.values()].map(opened)), ...counted }
}

async function rest(areaId: string, stages: ComplaintStage[] | undefined, from: string | null, signal?: AbortSignal): Promise<Pick<AreaQueue, 'more' | 'isMore'>> {
  let [more, after] = [0, from]
  while (more < MAX_COUNTED) {
    const { complaints }: QueueRestQuery = await ask(QueueRest, { areaId, stages, first: COUNT_PAGE, after }, signal)
    more += complaints.items.length
    if (!complaints.hasMore) return { more, isMore: false }
    after = complaints.endCursor
  }
  return { more, isMore: true }
}
