// A complaint's clock: whose turn it is, and how much time is left. The rule is the contract's: `_level` of Complaints.sol.
import type { ComplaintActionKind } from '../api/generated/types'
import { isClosing } from './acts'

export interface Clocked {
  lastAction: ComplaintActionKind
  /** When the clock began to run. */
  openedAtUnixS: number
  clockS: number
  dueAtUnixS: number
  /** Whose turn it was when the service answered. */
  level: number
}

export interface Due {
  isOpen: boolean
  /** Less than nothing: overdue by that. */
  leftS: number
  isOverdue: boolean
  /** When the turn goes to the next level; the clock starts anew for each. */
  nextAtUnixS: number
}

/** Where the clock stands now. At the very second when it is due it has not run out. */
export function due(complaint: Clocked, nowUnixS: number): Due {
  const leftS = complaint.dueAtUnixS - nowUnixS
  const turns = Math.floor(Math.max(0, nowUnixS - complaint.openedAtUnixS - 1) / Math.max(1, complaint.clockS))
  return {
    isOpen: !isClosing(complaint.lastAction),
    leftS,
    isOverdue: leftS < 0,
    nextAtUnixS: complaint.openedAtUnixS + (turns + 1) * complaint.clockS,
  }
}

/** Open ones by the time left, the most urgent first; then the closed ones, the latest first. */
export const byUrgency = (a: Clocked, b: Clocked): number => {
  const open = Number(isClosing(a.lastAction)) - Number(isClosing(b.lastAction))
  return open !== 0 ? open : isClosing(a.lastAction) ? b.openedAtUnixS - a.openedAtUnixS : a.dueAtUnixS - b.dueAtUnixS
}
