// Passkeys as accounts: a P-256 key of this phone or computer (WebAuthn), whose account on the chain checks what it signs
// (contracts/src/PasskeyAccount.sol). It holds nothing and sends nothing: what it signs is submitted by the service.
import { AbiCoder } from 'ethers/abi'
import { hashMessage } from 'ethers/hash'
import { statementDigest } from '../complaint/typed-data'
import { asciiText, type Bytes, concat, fromBase64url, fromHex, toHex, utf8 } from '../proof/bytes'
import { sha256 } from '../proof/sha256'
import { importKey, isSignedBy } from '../proof/signature'
import type { Account } from './account'
import { AccountProblem, asProblem } from './problem'

/** The two coordinates of the key, 0x and 64 digits each. */
export interface PasskeyKey {
  credentialId: string
  x: string
  y: string
}

/** Where this browser keeps which passkey is the official's. The key itself never leaves the authenticator. */
const KEPT = 'power-tracker-passkey'
/** Of P-256. */
const ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n
/** COSE's name of ECDSA over P-256 with SHA-256. */
const ES256 = -7
/** Bytes of an uncompressed point without its prefix. */
const POINT_BYTES = 64

export const hasPasskeys = (): boolean => typeof PublicKeyCredential !== 'undefined' && globalThis.isSecureContext

export function keptPasskey(): PasskeyKey | null {
  try {
    const kept = Object(JSON.parse(localStorage.getItem(KEPT) ?? '{}')) as Record<string, unknown>
    const isWord = (value: unknown) => typeof value === 'string' && /^0x[0-9a-f]{64}$/.test(value)
    return isWord(kept.x) && isWord(kept.y) && typeof kept.credentialId === 'string' ? (kept as unknown as PasskeyKey) : null
  } catch {
    return null
  }
}

/** Remembers which passkey is the official's; not where the browser keeps nothing. */
export function keepPasskey(key: PasskeyKey): PasskeyKey {
  try {
    localStorage.setItem(KEPT, JSON.stringify(key))
  } catch {
    // Then it is found again as on another browser.
  }
  return key
}

/** Makes a passkey on this device, or on a phone beside it. */
export async function makePasskey(siteName: string, userName: string): Promise<PasskeyKey> {
  try {
    const credential = (await navigator.credentials.create({
      publicKey: {
        rp: { name: siteName },
        user: { id: crypto.getRandomValues(new Uint8Array(16)), name: userName, displayName: userName },
        // Nothing is attested, so the challenge says nothing.
        challenge: crypto.getRandomValues(new Uint8Array(32)),
        pubKeyCredParams: [{ type: 'public-key', alg: ES256 }],
        authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
      },
    })) as PublicKeyCredential | null
    const point = (credential?.response as AuthenticatorAttestationResponse | undefined)?.getPublicKey?.()
    if (!credential || !point) throw new AccountProblem('noPasskey')
    return keepPasskey({ credentialId: toHex(new Uint8Array(credential.rawId)), ...coordinates(new Uint8Array(point)) })
  } catch (thrown) {
    throw asProblem(thrown)
  }
}

/** The coordinates in a public key as X.509 spells it: of P-256 they are its last 64 bytes. */
export function coordinates(spki: Uint8Array): { x: string; y: string } {
  const point = spki.slice(-POINT_BYTES)
  return { x: `0x${toHex(point.slice(0, 32))}`, y: `0x${toHex(point.slice(32))}` }
}

/** What an authenticator answers. */
export interface Assertion {
  credentialId: string
  /** In DER. */
  signature: Bytes
  authenticatorData: Bytes
  clientDataJSON: Bytes
}

/** The account of a passkey at the address that the contract gives it. */
export const passkeyAccount = (key: PasskeyKey, address: string): Account => ({
  kind: 'passkey',
  name: '',
  address,
  send: null,
  async sign(statement, domain) {
    const { signature, authenticatorData, clientDataJSON } = await askPasskey(challengeOf(statementDigest(statement, domain)), key.credentialId)
    return encodeAssertion(signature, authenticatorData, clientDataJSON)
  },
  async prove(text) {
    const challenge = challengeOf(hashMessage(text))
    if (!(await isAnswer(key, challenge, await askPasskey(challenge, key.credentialId), location.hostname))) throw new AccountProblem('notSigned')
  },
})

const challengeOf = (digest: string): Bytes => fromHex(digest.slice(2))!

/** Asks for a signature: of one passkey, or of whichever the person chooses. */
export async function askPasskey(challenge: Bytes, credentialId?: string): Promise<Assertion> {
  const allowCredentials = credentialId === undefined ? [] : [{ type: 'public-key' as const, id: fromHex(credentialId)! }]
  try {
    const credential = (await navigator.credentials.get({ publicKey: { challenge, userVerification: 'required', allowCredentials } })) as PublicKeyCredential | null
    if (!credential) throw new AccountProblem('noPasskey')
    const { signature, authenticatorData, clientDataJSON } = credential.response as AuthenticatorAssertionResponse
    const [der, data, client] = [signature, authenticatorData, clientDataJSON].map((buffer) => new Uint8Array(buffer))
    return { credentialId: toHex(new Uint8Array(credential.rawId)), signature: der!, authenticatorData: data!, clientDataJSON: client! }
  } catch (thrown) {
    throw asProblem(thrown)
  }
}

/** Bit of the authenticator's flags: it has verified its user. */
const USER_VERIFIED = 4
/** Where the flags stand, behind the hash of the page's name. */
const FLAGS_AT = 32

/** Whether an answer is one to this challenge, from this page, by this key, its user verified (WebAuthn section 7.2). */
export async function isAnswer(key: PasskeyKey, challenge: Bytes, answer: Assertion, rpId: string): Promise<boolean> {
  const { type, challenge: signed } = Object(JSON.parse(new TextDecoder().decode(answer.clientDataJSON))) as { type?: unknown; challenge?: unknown }
  if (type !== 'webauthn.get' || typeof signed !== 'string' || toHex(fromBase64url(signed) ?? new Uint8Array()) !== toHex(challenge)) return false
  const { authenticatorData: data } = answer
  if (toHex(data.slice(0, FLAGS_AT)) !== toHex(await sha256(utf8(rpId))) || !(data[FLAGS_AT]! & USER_VERIFIED)) return false
  const { r, s } = fromDer(answer.signature)
  const bytes = fromHex(`${word(r)}${word(s)}`.replaceAll('0x', ''))!
  return isSignedBy(await importKey(`04${key.x.slice(2)}${key.y.slice(2)}`), concat(data, await sha256(answer.clientDataJSON)), bytes)
}

/** The six fields that the account takes as a signature. */
export function encodeAssertion(signature: Uint8Array, authenticatorData: Uint8Array, clientDataJSON: Uint8Array): string {
  const { r, s } = fromDer(signature)
  // Positions count bytes: in this text each byte is a character.
  const client = asciiText(clientDataJSON)
  const at = (name: string) => {
    const index = client.indexOf(`"${name}":"`)
    if (index < 0) throw new AccountProblem('unsupported', `no ${name}`)
    return index
  }
  // The account takes the lower of the two S that are equally right.
  const low = s > ORDER / 2n ? ORDER - s : s
  return AbiCoder.defaultAbiCoder().encode(
    ['bytes32', 'bytes32', 'uint256', 'uint256', 'bytes', 'bytes'],
    [word(r), word(low), at('challenge'), at('type'), authenticatorData, clientDataJSON],
  )
}

const word = (number: bigint) => `0x${number.toString(16).padStart(64, '0')}`

/** R and S out of an ECDSA signature in DER. */
export function fromDer(der: Uint8Array): { r: bigint; s: bigint } {
  const bad = () => new AccountProblem('unsupported', 'no DER signature')
  if (der[0] !== 0x30 || der[1] !== der.length - 2) throw bad()
  const integer = (at: number): { value: bigint; next: number } => {
    const length = der[at + 1]!
    if (der[at] !== 0x02 || length === 0 || at + 2 + length > der.length) throw bad()
    return { value: BigInt(`0x${toHex(der.slice(at + 2, at + 2 + length))}`), next: at + 2 + length }
  }
  const r = integer(2)
  const s = integer(r.next)
  if (s.next !== der.length) throw bad()
  return { r: r.value, s: s.value }
}
