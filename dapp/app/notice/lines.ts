// Planned outages as they stand: each line of changes by its newest notice, with what it said before.
import type { NoticeLineFragment } from '../api/generated/types'
import { DAY_S } from '../time/format'

/** How long what is over is still listed. */
const OVER_S = 2 * DAY_S

export type NoticeState = 'now' | 'toCome' | 'over' | 'withdrawn'

export interface NoticeItem {
  notice: NoticeLineFragment
  state: NoticeState
  /** The notice that it changes, if it changes one. */
  before: NoticeLineFragment | undefined
  /** Whether any of its line was announced after its start. */
  isLate: boolean
}

/** Until when the supply may be off by a notice. */
const untilOf = ({ endUnixS, restorationUnixS }: NoticeLineFragment) => Math.max(endUnixS, restorationUnixS)

export function stateOf(notice: NoticeLineFragment, nowUnixS: number): NoticeState {
  if (notice.withdrawn) return 'withdrawn'
  if (nowUnixS < notice.startUnixS) return 'toCome'
  return nowUnixS < untilOf(notice) ? 'now' : 'over'
}

/** Whether a notice covers a feeder: it names that one, or all of the area. */
const covers = (notice: NoticeLineFragment, feederId: string | null): boolean => feederId === null || notice.feederId === null || notice.feederId === feederId

/** What stands for a feeder, or for all of the area: what goes on first, then what comes next, then what is over. */
export function noticeItems(notices: readonly NoticeLineFragment[], feederId: string | null, nowUnixS: number): NoticeItem[] {
  const byId = new Map(notices.map((notice) => [notice.id, notice]))
  const lineOf = (notice: NoticeLineFragment): NoticeLineFragment[] => {
    const line = [notice]
    for (let before = byId.get(notice.changes ?? ''); before && line.length <= notices.length; before = byId.get(before.changes ?? '')) line.push(before)
    return line
  }
  const order: NoticeState[] = ['now', 'toCome', 'withdrawn', 'over']
  return notices
    .filter((notice) => notice.changedBy === null && covers(notice, feederId) && untilOf(notice) > nowUnixS - OVER_S)
    .map((notice) => ({ notice, state: stateOf(notice, nowUnixS), before: byId.get(notice.changes ?? ''), isLate: lineOf(notice).some(({ isLate }) => isLate) }))
    .sort((a, b) => order.indexOf(a.state) - order.indexOf(b.state) || a.notice.startUnixS - b.notice.startUnixS)
}

/** The planned outage that covers a feeder at a time, as it stands. */
export const noticeAt = (notices: readonly NoticeLineFragment[], feederId: string | null, atUnixS: number): NoticeLineFragment | undefined =>
  notices.find(
    (notice) => !notice.withdrawn && notice.changedBy === null && (notice.feederId === null || notice.feederId === feederId) && notice.startUnixS <= atUnixS && atUnixS <= untilOf(notice),
  )
