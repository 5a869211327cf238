// Why a check fails. One table: each reason with what follows from it for the verdict. The sentences are in the locale
// files, below `proof.error.<key>`.

/**
 * What a failure says about the reading. `wrong`: two things that must agree do not. `not-anchored`: the chain does
 * not hold it. `unavailable`: something that is needed could not be had, so nothing is known either way.
 */
export type Outcome = 'wrong' | 'not-anchored' | 'unavailable'

export const OUTCOMES = {
  // The browser and the way to a server.
  noCrypto: 'unavailable',
  offline: 'unavailable',
  away: 'unavailable',
  slow: 'unavailable',
  stopped: 'unavailable',
  cors: 'unavailable',
  blocked: 'unavailable',
  mixed: 'unavailable',
  status: 'unavailable',
  tooLarge: 'unavailable',
  notJson: 'unavailable',
  badAnswer: 'unavailable',
  badUrl: 'unavailable',
  internal: 'unavailable',
  // The service that shows the reading.
  serviceRefuses: 'unavailable',
  noEvidence: 'not-anchored',
  // The record and its proof.
  recordTooLong: 'wrong',
  recordSpelling: 'wrong',
  recordRule: 'wrong',
  recordClaim: 'wrong',
  signatureRange: 'wrong',
  signatureHighS: 'wrong',
  pathForm: 'wrong',
  pathIndex: 'wrong',
  pathLength: 'wrong',
  // The chain.
  rpcError: 'unavailable',
  wrongChain: 'unavailable',
  noContract: 'unavailable',
  noBatch: 'not-anchored',
  finalityUnknown: 'unavailable',
  emptyBatch: 'wrong',
  rootDiffers: 'wrong',
  sizeDiffers: 'wrong',
  // The batch on IPFS.
  blockBytes: 'wrong',
  blockForm: 'wrong',
  linkDiffers: 'wrong',
  headerSpelling: 'wrong',
  headerDiffers: 'wrong',
  previousDiffers: 'wrong',
  previousTooFar: 'unavailable',
  blockNotListed: 'wrong',
  blockUnknown: 'unavailable',
  lineDiffers: 'wrong',
  lineSpelling: 'wrong',
  order: 'wrong',
  countDiffers: 'wrong',
  treeDiffers: 'wrong',
  batchTooLarge: 'unavailable',
  moreThanTold: 'unavailable',
  cellsDiffer: 'wrong',
  // The roster.
  noRoster: 'wrong',
  rosterUsed: 'wrong',
  rosterSpelling: 'wrong',
  rosterDiffers: 'wrong',
  rosterRow: 'wrong',
  rosterTree: 'wrong',
  deviceMissing: 'wrong',
  deviceHouse: 'wrong',
  deviceSequence: 'wrong',
  deviceKey: 'wrong',
  signatureWrong: 'wrong',
  recordsWrong: 'wrong',
  // A complaint's evidence.
  filingDiffers: 'wrong',
  noComplaint: 'not-anchored',
  evidenceSpelling: 'wrong',
  evidenceOrder: 'wrong',
  evidenceArea: 'wrong',
  evidencePlace: 'wrong',
  evidenceEmpty: 'unavailable',
} as const satisfies Record<string, Outcome>

export type ErrorKey = keyof typeof OUTCOMES

/** What stands in a sentence's places. */
export type ErrorValues = Record<string, string | number>

/** A failed check: `key` names the sentence, `values` fill its places. */
export class ProofError extends Error {
  readonly key: ErrorKey
  readonly values: ErrorValues

  constructor(key: ErrorKey, values: ErrorValues = {}) {
    super(`${key} ${JSON.stringify(values)}`)
    this.name = 'ProofError'
    this.key = key
    this.values = values
  }

  get outcome(): Outcome {
    return OUTCOMES[this.key]
  }
}

/** Whatever was thrown, as a failed check. */
export function asProofError(thrown: unknown): ProofError {
  if (thrown instanceof ProofError) return thrown
  return new ProofError('internal', { message: thrown instanceof Error ? thrown.message : String(thrown) })
}
