// What is done to a complaint, and what is said of it: the words that are signed and the numbers of the contract.

/** The contract's `Act`: the place in the list is its number. */
export const ACTS = ['', 'file', 'acknowledge', 'resolve: fixed', 'resolve: not fixed', 'resolve: duplicate', 'resolve: not ours', 'reject', 'reopen'] as const
/** What can be signed: all but the filing itself. */
export type Act = Exclude<(typeof ACTS)[number], '' | 'file'>

/** The contract's `Say`. */
export const SAYS = ['note', 'affected too', 'still off'] as const
export type Say = (typeof SAYS)[number]

/** Names of the API for what was done, in the contract's order. */
export const ACT_NAMES = ['NONE', 'FILE', 'ACKNOWLEDGE', 'RESOLVE_FIXED', 'RESOLVE_NOT_FIXED', 'RESOLVE_DUPLICATE', 'RESOLVE_NOT_OURS', 'REJECT', 'REOPEN'] as const
export type ActName = (typeof ACT_NAMES)[number]

export const actCode = (act: Act): number => ACTS.indexOf(act)
export const sayCode = (say: Say): number => SAYS.indexOf(say)

/** Whether an act closes a complaint. */
export const isClosing = (name: ActName): boolean => name.startsWith('RESOLVE_') || name === 'REJECT'

/** What an official may do next, the most usual first. */
export function nextActs(last: ActName): Act[] {
  if (isClosing(last)) return ['reopen']
  const closing: Act[] = ['resolve: fixed', 'resolve: not fixed', 'resolve: duplicate', 'resolve: not ours', 'reject']
  return last === 'ACKNOWLEDGE' ? closing : ['acknowledge', ...closing]
}
