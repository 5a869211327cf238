// Data of the calls that an account sends itself. What the service sends for others it encodes from what was signed.
import { id as keccakOfText } from 'ethers/hash'
import { actCode } from './acts'
import { COMPLAINTS, NOTICES } from './contracts'
import { nameBytes32 } from './names'
import type { Action, Notice } from './typed-data'

/** An action as the contract takes it: a note as the hash that its words are signed with. */
const actionWords = ({ signer: _, ...action }: Action) => ({ ...action, act: actCode(action.act), note: keccakOfText(action.note) })

/** The call of `act`, which the signer sends itself. */
export const actCall = (actions: Action[]): string => COMPLAINTS.encodeFunctionData('act', [actions.map(actionWords)])

/** The call of `announce`, which the signer sends itself. */
export const announceCall = ({ signer: _, ...notice }: Notice): string =>
  NOTICES.encodeFunctionData('announce', [{ ...notice, area: nameBytes32(notice.area), reason: keccakOfText(notice.reason) }])
