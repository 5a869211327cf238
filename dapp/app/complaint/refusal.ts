// Why a contract or the service refused, as a key of the sentences: the reader gets words, never bytes.
import { CLOCKS, COMPLAINTS, NOTICES, OFFICIALS } from './contracts'

/** Errors that have a sentence of their own. */
export const REFUSALS = [
  'AlreadyFiled', 'UnknownArea', 'UnknownClass', 'NoText', 'NoComplaint', 'NotOfficial', 'WrongIndex', 'WrongPrevious',
  'InvalidTransition', 'InvalidDuplicate', 'NoNote', 'InvalidReopening', 'AlreadySaid', 'Expired', 'InvalidSignature',
  'InvalidWallet', 'InvalidLevel', 'InvalidTerm', 'TermsOverlap', 'NoGrant', 'GrantOver', 'InvalidName', 'WrongEffectiveFrom',
  'AccessManagedUnauthorized', 'AlreadyAnnounced', 'InvalidTimes', 'NoReason', 'NothingToWithdraw', 'NothingToChange', 'AlreadyChanged',
] as const
export type Refusal = (typeof REFUSALS)[number] | 'other'

const isKnown = (name: string | undefined): name is (typeof REFUSALS)[number] => (REFUSALS as readonly string[]).includes(name ?? '')

/** The name of an error, as it comes in words. */
export const refusalNamed = (name: string | null | undefined): Refusal => {
  const first = /^\w+/.exec(name ?? '')?.[0]
  return isKnown(first) ? first : 'other'
}

/** The error in what a contract reverted with. */
export function refusalIn(data: string): Refusal {
  for (const abi of [COMPLAINTS, NOTICES, OFFICIALS, CLOCKS]) {
    try {
      const name = abi.parseError(data)?.name
      if (name) return refusalNamed(name)
    } catch {
      // Not one of this contract, or cut short.
    }
  }
  return 'other'
}
