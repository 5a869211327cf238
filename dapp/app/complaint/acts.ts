// What is done to a complaint, and what is said of it: the words that are signed and the numbers of the contract.
import type { ComplaintActionKind, ComplaintStage } from '../api/generated/types'

/** The contract's `Act`: the place in the list is its number. */
export const ACTS = ['', 'file', 'acknowledge', 'resolve: fixed', 'resolve: not fixed', 'resolve: duplicate', 'resolve: not ours', 'reject', 'reopen'] as const
/** What can be signed: all but the filing itself. */
export type Act = Exclude<(typeof ACTS)[number], '' | 'file'>

/** The contract's `Say`. */
export const SAYS = ['note', 'affected too', 'still off'] as const
export type Say = (typeof SAYS)[number]

export const actCode = (act: Act): number => ACTS.indexOf(act)
export const sayCode = (say: Say): number => SAYS.indexOf(say)

/** Whether an act closes a complaint. */
export const isClosing = (kind: ComplaintActionKind): boolean => kind.startsWith('RESOLVE_') || kind === 'REJECT'

/** What an official may do next, the most usual first. */
export function nextActs(last: ComplaintActionKind): Act[] {
  if (isClosing(last)) return ['reopen']
  const closing: Act[] = ['resolve: fixed', 'resolve: not fixed', 'resolve: duplicate', 'resolve: not ours', 'reject']
  return last === 'ACKNOWLEDGE' ? closing : ['acknowledge', ...closing]
}

/** Where an open complaint may stand. */
export const OPEN_STAGES: ComplaintStage[] = ['FILED', 'ACKNOWLEDGED', 'REOPENED']
