// Wallets and passkeys, without a browser: what they announce, what they refuse, what they sign.
import { createSign, generateKeyPairSync, createHash } from 'node:crypto'
import { AbiCoder } from 'ethers/abi'
import { describe, expect, it } from 'vitest'
import { coordinates, encodeAssertion, fromDer } from '../../app/official/passkey'
import { asProblem, AccountProblem, PROBLEMS } from '../../app/official/problem'
import { refusedIn } from '../../app/official/receipt'
import { connectWallet, onChain } from '../../app/official/walletAccount'
import { discoverWallets, parseAnnouncement, type FoundWallet, type Provider } from '../../app/official/wallets'
import { COMPLAINTS } from '../../app/complaint/contracts'
import { official } from '../../i18n/locales/official.en.json'

const provider = (answers: Record<string, unknown>): Provider & { asked: string[] } => {
  const asked: string[] = []
  return {
    asked,
    async request({ method }) {
      asked.push(method)
      const answer = answers[method]
      const value = Array.isArray(answer) && answer.length > 0 && typeof answer[0] === 'function' ? (answer as (() => unknown)[]).shift()!() : answer
      if (value instanceof Error || (value as { code?: number })?.code !== undefined) throw value
      return value
    },
  }
}
const info = { uuid: 'u', rdns: 'io.example', name: 'Example', icon: 'data:image/png;base64,AA==' }

describe('discovery', () => {
  it('takes what the standard says, and keeps pictures that are data only', () => {
    const p = provider({})
    expect(parseAnnouncement({ info, provider: p })).toMatchObject({ name: 'Example', icon: info.icon })
    expect(parseAnnouncement({ info: { ...info, icon: 'https://track.example/x.png' }, provider: p })!.icon).toBeNull()
    expect(parseAnnouncement({ info: { ...info, icon: 'data:text/html,<script>' }, provider: p })!.icon).toBeNull()
    for (const detail of [null, {}, { info }, { info: { ...info, name: ' ' }, provider: p }, { info, provider: {} }]) expect(parseAnnouncement(detail)).toBeNull()
  })
  it('hears those before and after, each once, and asks none of them anything', () => {
    const target = new EventTarget()
    const [one, two] = [provider({}), provider({})]
    const announce = (uuid: string, p: Provider) => target.dispatchEvent(new CustomEvent('eip6963:announceProvider', { detail: { info: { ...info, uuid }, provider: p } }))
    target.addEventListener('eip6963:requestProvider', () => announce('one', one))
    let found: FoundWallet[] = []
    const stop = discoverWallets((all) => (found = all), target)
    announce('two', two)
    announce('one', one)
    expect(found.map(({ uuid }) => uuid)).toEqual(['one', 'two'])
    stop()
    announce('three', one)
    expect(found.length).toBe(2)
    expect([...one.asked, ...two.asked]).toEqual([])
  })
})

describe('problems', () => {
  it.each([[4001, 'refused'], [4100, 'locked'], [4900, 'disconnected'], [-32_002, 'busy'], [4902, 'wrongChain'], [12, 'other'], ['ACTION_REJECTED', 'refused']])('%s is %s', (code, name) => {
    expect(asProblem({ code, message: 'a\u0000b' }).problem).toBe(name)
  })
  it('a passkey that was not used', () => {
    expect(asProblem(Object.assign(new Error('x'), { name: 'NotAllowedError' })).problem).toBe('noPasskey')
  })
  it('each has a sentence', () => {
    expect(Object.keys(official.problem).filter((key) => key !== 'said').sort()).toEqual([...PROBLEMS].sort())
  })
})

const CHAIN = { chainId: 31337, name: 'Test', rpcUrl: 'http://127.0.0.1:1' }
const ADDRESS = '0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266'

describe('an account of a wallet', () => {
  const found = (p: Provider) => ({ uuid: 'u', rdns: '', name: 'W', icon: null, provider: p })
  it('signs only as long as it is the one that signed in', async () => {
    const p = provider({ eth_requestAccounts: [ADDRESS.toLowerCase()], eth_accounts: ['0x70997970C51812dc3A010C7d01b50e0d17dc79C8'], eth_chainId: '0x7a69' })
    const account = await connectWallet(found(p), CHAIN)
    expect(account.address).toBe(ADDRESS)
    await expect(account.send!(ADDRESS, '0x')).rejects.toMatchObject({ problem: 'changedAccount' })
    expect(p.asked).not.toContain('eth_sendTransaction')
  })
  it('a locked wallet says so', async () => {
    await expect(connectWallet(found(provider({ eth_requestAccounts: [] })), CHAIN)).rejects.toMatchObject({ problem: 'locked' })
  })
  it('changes the chain, adds it where it is unknown, and says where it did neither', async () => {
    const same = provider({ eth_chainId: '0x7a69' })
    await onChain(same, CHAIN)
    expect(same.asked).toEqual(['eth_chainId'])
    const adds = provider({ eth_chainId: [() => '0x1', () => '0x7a69'], wallet_switchEthereumChain: { code: 4902 }, wallet_addEthereumChain: null })
    await onChain(adds, CHAIN)
    expect(adds.asked).toContain('wallet_addEthereumChain')
    await expect(onChain(provider({ eth_chainId: '0x1', wallet_switchEthereumChain: null }), CHAIN)).rejects.toMatchObject({ problem: 'wrongChain' })
    await expect(onChain(provider({ eth_chainId: '0x1', wallet_switchEthereumChain: { code: 4001 } }), CHAIN)).rejects.toMatchObject({ problem: 'refused' })
  })
})

describe('a passkey', () => {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const jwk = publicKey.export({ format: 'jwk' })
  const hex = (text: string) => `0x${Buffer.from(text, 'base64url').toString('hex').padStart(64, '0')}`
  it('has the coordinates of its public key', () => {
    expect(coordinates(publicKey.export({ format: 'der', type: 'spki' }))).toEqual({ x: hex(jwk.x!), y: hex(jwk.y!) })
  })
  it('a signature is six fields, with the lower S, at the positions of the text', () => {
    const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n
    const client = Buffer.from('{"type":"webauthn.get","challenge":"AAAA","origin":"http://localhost"}')
    const data = Buffer.alloc(37, 5)
    for (let i = 0; i < 8; i++) {
      const der = createSign('sha256').update(Buffer.concat([data, createHash('sha256').update(client).digest()])).sign(privateKey)
      const [r, s, challenge, type, authenticator, json] = AbiCoder.defaultAbiCoder().decode(['bytes32', 'bytes32', 'uint256', 'uint256', 'bytes', 'string'], encodeAssertion(der, data, client))
      const signed = fromDer(der)
      expect(BigInt(r)).toBe(signed.r)
      expect([signed.s, order - signed.s]).toContain(BigInt(s))
      expect(BigInt(s) <= order / 2n).toBe(true)
      expect(client.toString().slice(Number(challenge))).toMatch(/^"challenge":"AAAA"/)
      expect(client.toString().slice(Number(type))).toMatch(/^"type":"webauthn.get"/)
      expect([authenticator, json]).toEqual([`0x${data.toString('hex')}`, client.toString()])
    }
  })
  it.each(['', '30', '3003020101', '310602010102010100', '30060201010201', '300702010102010100'])('%j is no signature', (der) => {
    expect(() => fromDer(Buffer.from(der, 'hex'))).toThrow(AccountProblem)
  })
})

it('actions of a list that were refused are found in its logs', () => {
  const complaint = `0x${'ab'.repeat(32)}`
  const reason = COMPLAINTS.encodeErrorResult('WrongIndex', [complaint, 2, 1])
  const log = COMPLAINTS.encodeEventLog('ActionRefused', [complaint, ADDRESS, 1, reason])
  expect(refusedIn([{ topics: [...log.topics], data: log.data }, { topics: [`0x${'00'.repeat(32)}`], data: '0x' }])).toEqual({ [complaint]: 'WrongIndex' })
})
