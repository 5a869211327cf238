// A passkey that this browser has not seen before: a synchronised one, or one on a phone beside it. Browsers tell the public
// key only when a passkey is made, but a signature with P-256 fits two keys at most, so that two signatures name it.
import { p256 } from '@noble/curves/nist.js'
import { type Bytes, concat } from '../proof/bytes'
import { sha256 } from '../proof/sha256'
import { askPasskey, type Assertion, coordinates, fromDer, keepPasskey, type PasskeyKey } from './passkey'
import { AccountProblem } from './problem'

/** Bytes of a challenge that means nothing. */
const CHALLENGE_BYTES = 32

/** What was signed, by WebAuthn section 6.3.3. */
const signedHash = async ({ authenticatorData, clientDataJSON }: Assertion): Promise<Bytes> =>
  sha256(concat(authenticatorData, await sha256(clientDataJSON)))

/** The keys that a signature fits. */
export async function keysOf(assertion: Assertion): Promise<PasskeyKey[]> {
  const hash = await signedHash(assertion)
  const { r, s } = fromDer(assertion.signature)
  // A key is none where its point does not exist.
  return [0, 1, 2, 3].flatMap((recovery) => {
    try {
      const point = new p256.Signature(r, s, recovery).recoverPublicKey(hash).toBytes(false)
      return [{ credentialId: assertion.credentialId, ...coordinates(point) }]
    } catch {
      return []
    }
  })
}

/**
 * Asks for any passkey of this page. `isKnown` says whether the chain has the account of a key: then one signature is
 * enough, else a second one is asked for.
 */
export async function findPasskey(isKnown: (key: PasskeyKey) => Promise<boolean>): Promise<PasskeyKey> {
  const challenge = () => crypto.getRandomValues(new Uint8Array(CHALLENGE_BYTES))
  const first = await askPasskey(challenge())
  const candidates = await keysOf(first)
  const known = (await Promise.all(candidates.map(isKnown))).map((isIt, i) => (isIt ? candidates[i]! : null)).filter((key) => key !== null)
  if (known.length === 1) return keepPasskey(known[0]!)
  const second = await keysOf(await askPasskey(challenge(), first.credentialId))
  const both = candidates.filter(({ x, y }) => second.some((key) => key.x === x && key.y === y))
  if (both.length !== 1) throw new AccountProblem('noPasskey')
  return keepPasskey(both[0]!)
}
