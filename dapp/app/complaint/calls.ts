// Data of the calls that a submission brings, and those that a wallet sends itself.
import { id as keccakOfText } from 'ethers/hash'
import { actCode, sayCode } from './acts'
import { COMPLAINTS } from './contracts'
import { nameBytes32 } from './names'
import type { Action, Filing, Remark, Statement } from './typed-data'

const filingWords = (filing: Filing) => ({ ...filing, area: nameBytes32(filing.area), class: nameBytes32(filing.class) })
/** An action as the contract takes it. */
export const actionWords = ({ signer: _, ...action }: Action) => ({ ...action, act: actCode(action.act), note: keccakOfText(action.note) })
const remarkWords = ({ signer: _, ...remark }: Remark) => ({ ...remark, say: sayCode(remark.say), note: keccakOfText(remark.note) })

/** The call of `fileBySig`, `actBySig` or `remarkBySig`. */
export function signedCall({ type, message }: Statement, signature: string): string {
  const { deadline } = message
  if (type === 'SignedFiling') return COMPLAINTS.encodeFunctionData('fileBySig', [filingWords(message.filing), deadline, signature])
  if (type === 'SignedRemark') {
    return COMPLAINTS.encodeFunctionData('remarkBySig', [remarkWords(message.remark), message.remark.signer, deadline, signature])
  }
  return COMPLAINTS.encodeFunctionData('actBySig', [message.actions.map(actionWords), message.actions[0]?.signer, deadline, signature])
}

/** The call of `act` or `remark`, which the signer sends itself. */
export const directCall = (statement: { actions: Action[] } | { remark: Remark }): string =>
  'actions' in statement
    ? COMPLAINTS.encodeFunctionData('act', [statement.actions.map(actionWords)])
    : COMPLAINTS.encodeFunctionData('remark', [remarkWords(statement.remark)])

/** The words that the hashes in a statement stand for, in their order; without empty ones. */
export function notesOf({ type, message }: Statement): string[] {
  const notes = type === 'SignedActions' ? message.actions.map(({ note }) => note) : type === 'SignedRemark' ? [message.remark.note] : []
  return [...new Set(notes.filter((note) => note !== ''))]
}
