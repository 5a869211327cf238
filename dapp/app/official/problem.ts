// What can go wrong between the page and an account, as a key of the sentences.

export const PROBLEMS = [
  /** The person said no. */
  'refused',
  /** The wallet is locked, or does not know this page. */
  'locked',
  /** It asks something else already. */
  'busy',
  /** It has lost its chain. */
  'disconnected',
  /** It is on another chain, and did not change. */
  'wrongChain',
  /** Another account is chosen there now than the one that signed in. */
  'changedAccount',
  /** It cannot do what is asked. */
  'unsupported',
  /** The passkey was not used, or is not on this device. */
  'noPasskey',
  /** What came back is no signature of this account. */
  'notSigned',
  /** The transaction was replaced by another one with the same number. */
  'replaced',
  /** The chain refused the transaction. */
  'reverted',
  'other',
] as const
export type Problem = (typeof PROBLEMS)[number]

/** Longest word of a wallet's own that is shown. */
const MAX_DETAIL = 200

export class AccountProblem extends Error {
  constructor(
    readonly problem: Problem,
    readonly detail = '',
  ) {
    super(problem)
  }
}

/** Codes of EIP-1193 and of wallets' JSON-RPC. */
const CODES: Record<number, Problem> = {
  4001: 'refused',
  4100: 'locked',
  4200: 'unsupported',
  4900: 'disconnected',
  4901: 'disconnected',
  4902: 'wrongChain',
  [-32_002]: 'busy',
  [-32_601]: 'unsupported',
}

/** What a wallet threw, as a problem. */
export function asProblem(thrown: unknown): AccountProblem {
  if (thrown instanceof AccountProblem) return thrown
  const { code, message, name } = Object(thrown) as { code?: unknown; message?: unknown; name?: unknown }
  const detail = typeof message === 'string' ? message.replace(/[\p{C}\p{Z}]+/gu, ' ').slice(0, MAX_DETAIL) : ''
  if (name === 'NotAllowedError' || name === 'AbortError') return new AccountProblem('noPasskey', detail)
  return new AccountProblem((typeof code === 'number' && CODES[code]) || (code === 'ACTION_REJECTED' ? 'refused' : 'other'), detail)
}
