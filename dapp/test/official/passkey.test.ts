// Passkeys without an authenticator: what one signs, made with WebCrypto.
import { hashMessage } from 'ethers/hash'
import { describe, expect, it } from 'vitest'
import { concat, fromHex, toHex, utf8, type Bytes } from '../../app/proof/bytes'
import { sha256 } from '../../app/proof/sha256'
import { type Assertion, isAnswer, type PasskeyKey } from '../../app/official/passkey'
import { keysOf } from '../../app/official/passkeyFinding'
import { signInFor, signInText } from '../../app/official/signIn'

const RP = 'localhost'
const base64url = (bytes: Bytes) => Buffer.from(bytes).toString('base64url')

async function authenticator() {
  const pair = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign'])
  const point = new Uint8Array(await crypto.subtle.exportKey('raw', pair.publicKey))
  const key: PasskeyKey = { credentialId: '0a', x: `0x${toHex(point.slice(1, 33))}`, y: `0x${toHex(point.slice(33))}` }
  async function sign(challenge: Bytes, { type = 'webauthn.get', rp = RP, flags = 5 } = {}): Promise<Assertion> {
    const clientDataJSON = utf8(JSON.stringify({ type, challenge: base64url(challenge), origin: 'http://localhost' }))
    const authenticatorData = concat(await sha256(utf8(rp)), Uint8Array.of(flags, 0, 0, 0, 1))
    const signed = concat(authenticatorData, await sha256(clientDataJSON))
    const raw = new Uint8Array(await crypto.subtle.sign({ name: 'ECDSA', hash: 'SHA-256' }, pair.privateKey, signed))
    return { credentialId: '0a', signature: der(raw), authenticatorData, clientDataJSON }
  }
  return { key, sign }
}

/** As authenticators write it. */
function der(raw: Bytes): Bytes {
  const integer = (bytes: Bytes) => {
    const from = bytes.findIndex((byte) => byte !== 0)
    const short = bytes.slice(from)
    const positive = short[0]! & 0x80 ? concat(Uint8Array.of(0), short) : short
    return concat(Uint8Array.of(2, positive.length), positive)
  }
  const both = concat(integer(raw.slice(0, 32)), integer(raw.slice(32)))
  return concat(Uint8Array.of(0x30, both.length), both)
}

describe('a passkey of another browser', () => {
  it('is one of the two keys that a signature fits, and the only one that two fit', async () => {
    for (let i = 0; i < 8; i++) {
      const { key, sign } = await authenticator()
      const [first, second] = [await keysOf(await sign(fromHex('11'.repeat(32))!)), await keysOf(await sign(fromHex('22'.repeat(32))!))]
      expect(first.length).toBe(2)
      expect(first.filter(({ x, y }) => second.some((other) => other.x === x && other.y === y))).toEqual([key])
    }
  })
})

describe('signing in', () => {
  const words = () => signInText(signInFor('0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266', 31_337, new URL('https://tracker.example:8443/power/?x=1#/officials'), Date.UTC(2026, 10, 26)))
  it('has the form of EIP-4361, another nonce each time, and says that it permits nothing', () => {
    expect(words()).toMatch(
      /^tracker\.example:8443 wants you to sign in with your Ethereum account:\n0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266\n\n[\x20-\x7e]+permits nothing[\x20-\x7e]+\n\nURI: https:\/\/tracker\.example:8443\/power\/\nVersion: 1\nChain ID: 31337\nNonce: [a-zA-Z0-9]{8,}\nIssued At: 2026-11-26T00:00:00\.000Z$/,
    )
    expect(words()).not.toBe(words())
  })
  it('takes a passkey\'s answer to exactly these words, from this page, its user verified', async () => {
    const { key, sign } = await authenticator()
    const challenge = fromHex(hashMessage(words()).slice(2))!
    expect(await isAnswer(key, challenge, await sign(challenge), RP)).toBe(true)
    const other = await authenticator()
    expect(await isAnswer(other.key, challenge, await sign(challenge), RP)).toBe(false)
    expect(await isAnswer(key, fromHex('11'.repeat(32))!, await sign(challenge), RP)).toBe(false)
    for (const change of [{ type: 'webauthn.create' }, { rp: 'elsewhere.example' }, { flags: 1 }]) {
      expect(await isAnswer(key, challenge, await sign(challenge, change), RP)).toBe(false)
    }
  })
})
