// What is signed for `Complaints` and `Notices` (EIP-712), with the names, order and hashes of contracts/src/libraries/.
// A filing, action or remark says something; `Signed…` is the same with a deadline, which is no part of what is said.
import { TypedDataEncoder, type TypedDataDomain, type TypedDataField } from 'ethers/hash'
import type { Act, Say } from './acts'

export interface Filing {
  area: string
  /** May be empty. */
  site: string
  /** May be empty. */
  feeder: string
  class: string
  /** SHA-256 of the text block, 0x and 64 digits. */
  text: string
  /** SHA-256 of the evidence; zeros where there is none. */
  evidence: string
  filer: string
}

export interface Action {
  act: Act
  complaint: string
  /** One more than that of the action before. */
  index: number
  /** Hash of the action before; the complaint's id for the first. */
  previous: string
  /** Its words; empty where there are none. */
  note: string
  duplicateOf: string
  signer: string
}

export interface Remark {
  say: Say
  complaint: string
  /** For "still off": how often the complaint had been reopened when it was closed. Otherwise 0. */
  reopening: number
  note: string
  signer: string
}

/** A planned outage. Times in UNIX seconds. */
export interface Notice {
  area: string
  /** Empty for all feeders of the area. */
  feeder: string
  start: number
  end: number
  /** When the supply is expected back. */
  restoration: number
  /** Its words. */
  reason: string
  /** That there will be no outage; only in a change. */
  withdrawn: boolean
  /** The notice that this one changes; zeros for a new outage. */
  changes: string
  signer: string
}

/** What is signed, by its primary type. */
export type Statement =
  | { type: 'SignedFiling'; message: { filing: Filing; deadline: number } }
  | { type: 'SignedActions'; message: { actions: Action[]; deadline: number } }
  | { type: 'SignedRemark'; message: { remark: Remark; deadline: number } }
  | { type: 'SignedNotice'; message: { notice: Notice; deadline: number } }

export const ZERO_HASH = `0x${'00'.repeat(32)}`

const fields = (list: string): TypedDataField[] =>
  list.split(', ').map((field) => {
    const [type, name] = field.split(' ') as [string, string]
    return { type, name }
  })

const TYPES = {
  Filing: fields('string area, string site, string feeder, string class, bytes32 text, bytes32 evidence, address filer'),
  Action: fields('string act, bytes32 complaint, uint32 index, bytes32 previous, string note, bytes32 duplicateOf, address signer'),
  Remark: fields('string say, bytes32 complaint, uint32 reopening, string note, address signer'),
  Notice: fields('string area, string feeder, uint40 start, uint40 end, uint40 restoration, string reason, bool withdrawn, bytes32 changes, address signer'),
  SignedFiling: fields('Filing filing, uint40 deadline'),
  SignedActions: fields('Action[] actions, uint40 deadline'),
  SignedRemark: fields('Remark remark, uint40 deadline'),
  SignedNotice: fields('Notice notice, uint40 deadline'),
}

/** What each signed statement is made of. */
const INNER = { SignedFiling: 'Filing', SignedActions: 'Action', SignedRemark: 'Remark', SignedNotice: 'Notice' } as const

const typesOf = (type: Statement['type']) => ({ [type]: TYPES[type], [INNER[type]]: TYPES[INNER[type]] })

/** The domain of what is signed for `Complaints`. */
export const complaintsDomain = (chainId: number, verifyingContract: string): TypedDataDomain => ({
  name: 'Power Tracker Complaints',
  version: '1',
  chainId,
  verifyingContract,
})

/** The domain of what is signed for `Notices`. */
export const noticesDomain = (chainId: number, verifyingContract: string): TypedDataDomain => ({
  name: 'Power Tracker Notices',
  version: '1',
  chainId,
  verifyingContract,
})

/** The id of a planned outage. */
export const noticeId = (notice: Notice, domain: TypedDataDomain): string => TypedDataEncoder.hash(domain, { Notice: TYPES.Notice }, notice)

/** The id of the complaint that a filing makes. */
export const filingId = (filing: Filing, domain: TypedDataDomain): string => TypedDataEncoder.hash(domain, { Filing: TYPES.Filing }, filing)

/** The hash that the next action must name. */
export const actionHash = (action: Action): string => TypedDataEncoder.from({ Action: TYPES.Action }).hash(action)

/** What a key signs. */
export const statementDigest = ({ type, message }: Statement, domain: TypedDataDomain): string => TypedDataEncoder.hash(domain, typesOf(type), message)

/** What a wallet is given to show and sign: the argument of `eth_signTypedData_v4`. */
export const statementPayload = ({ type, message }: Statement, domain: TypedDataDomain): string =>
  JSON.stringify(TypedDataEncoder.getPayload(domain, typesOf(type), message))
