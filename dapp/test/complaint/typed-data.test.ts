// What is signed, against the file that the contracts and the services are held to as well.
import { readFileSync } from 'node:fs'
import { TypedDataEncoder } from 'ethers/hash'
import { describe, expect, it } from 'vitest'
import { ACTS, SAYS, actCode, nextActs, sayCode } from '../../app/complaint/acts'
import { actCall, announceCall } from '../../app/complaint/calls'
import { COMPLAINTS, NOTICES } from '../../app/complaint/contracts'
import { addressOf, freshKey, isKey, signWithKey } from '../../app/complaint/key'
import { nameBytes32, nameFromBytes32 } from '../../app/complaint/names'
import { actionHash, complaintsDomain, filingId, noticeId, noticesDomain, statementDigest, statementPayload, type Action, type Filing, type Notice, type Statement } from '../../app/complaint/typed-data'
import { keccak256, verifyTypedData } from 'ethers'
import { utf8 } from '../../app/proof/bytes'

interface Case {
  name: string
  typedData: { types: Record<string, { type: string; name: string }[]>; primaryType: string; domain: { name: string; version: string; chainId: number; verifyingContract: string }; message: never }
  structHash: string
  digest: string
}
const golden = JSON.parse(readFileSync(new URL('../../../contracts/test/golden/typed-data.json', import.meta.url), 'utf8')) as { empty_note: string; cases: Case[] }
const { cases } = golden
const of = (type: string) => cases.filter(({ typedData }) => typedData.primaryType === type)
const domainOf = ({ typedData: { domain } }: Case) => (domain.name === 'Power Tracker Notices' ? noticesDomain : complaintsDomain)(domain.chainId, domain.verifyingContract)
const named = (name: string) => cases.find((one) => one.name === name)!
const statementOf = ({ typedData }: Case) => ({ type: typedData.primaryType, message: typedData.message }) as Statement

describe('golden cases', () => {
  it('are there, of every kind', () => {
    expect(cases.length).toBe(21)
  })
  it.each(of('Filing'))('$name has its id', (one) => {
    expect(filingId(one.typedData.message as Filing, domainOf(one))).toBe(one.digest)
  })
  it.each(of('Notice'))('$name has its id', (one) => {
    expect(noticeId(one.typedData.message as Notice, domainOf(one))).toBe(one.digest)
  })
  it.each(of('Action'))('$name has its hash', (one) => {
    expect(actionHash(one.typedData.message as Action)).toBe(one.structHash)
  })
  it.each([...of('SignedFiling'), ...of('SignedActions'), ...of('SignedRemark'), ...of('SignedNotice')])('$name has its digest, and a wallet is given the same', (one) => {
    const statement = statementOf(one)
    expect(statementDigest(statement, domainOf(one))).toBe(one.digest)
    const payload = JSON.parse(statementPayload(statement, domainOf(one))) as { types: Record<string, never>; domain: never; message: never; primaryType: string }
    const { EIP712Domain, ...types } = payload.types
    expect([payload.primaryType, EIP712Domain, TypedDataEncoder.hash(payload.domain, types, payload.message)]).toEqual([one.typedData.primaryType, one.typedData.types.EIP712Domain, one.digest])
  })
})

describe('words and numbers', () => {
  it('agree: an act that is called is the one that was signed', () => {
    const { actions } = named('signed actions: all').typedData.message as { actions: Action[] }
    const [called] = COMPLAINTS.decodeFunctionData('act', actCall([...actions, { ...actions[0]!, note: '' }]))
    expect(called.slice(0, -1).map((action: { act: bigint }) => ACTS[Number(action.act)])).toEqual(actions.map(({ act }) => act))
    expect(new Set(actions.map(({ act }) => act)).size).toBe(7)
    expect(called[actions.length].note).toBe(golden.empty_note)
    expect(called[1].previous).toBe(actionHash(actions[0]!))
  })
  it('agree: a notice that is called is the one that was signed', () => {
    const notice = of('Notice')[0]!.typedData.message as Notice
    const [called] = NOTICES.decodeFunctionData('announce', announceCall(notice))
    const numbers = [called.start, called.end, called.restoration].map(Number)
    expect([nameFromBytes32(called.area), called.feeder, numbers, called.reason, called.withdrawn, called.changes]).toEqual([
      notice.area, notice.feeder, [notice.start, notice.end, notice.restoration].map(Number), keccak256(utf8(notice.reason)), notice.withdrawn, notice.changes,
    ])
  })
  it('agree with the interface of the contract', () => {
    const source = readFileSync(new URL('../../../contracts/src/interfaces/IComplaints.sol', import.meta.url), 'utf8')
    const signed = [...source.matchAll(/@dev \["([^"]+)"\]/g)].map(([, words]) => words)
    expect(signed).toEqual([...ACTS.slice(2), ...SAYS])
    expect([actCode('acknowledge'), actCode('reopen'), sayCode('note'), sayCode('still off')]).toEqual([2, 8, 0, 2])
  })
  it('after each act follows what the contract lets follow', () => {
    expect(nextActs('FILED')[0]).toBe('acknowledge')
    expect(nextActs('REOPEN')).toContain('acknowledge')
    expect(nextActs('ACKNOWLEDGE')).not.toContain('acknowledge')
    for (const closed of ['RESOLVE_FIXED', 'RESOLVE_NOT_OURS', 'REJECT'] as const) expect(nextActs(closed)).toEqual(['reopen'])
  })
})

describe('names', () => {
  it('come back', () => {
    for (const name of ['a', 'palwal-3', 'a'.repeat(31)]) expect(nameFromBytes32(nameBytes32(name))).toBe(name)
  })
  it.each(['', 'a'.repeat(32), 'Fuse', 'a b', 'ü'])('%j is none', (name) => {
    expect(() => nameBytes32(name)).toThrow(RangeError)
  })
  it('words that hold none give none', () => {
    for (const word of [`0x${'00'.repeat(32)}`, `0x6100${'61'.repeat(30)}`, `0x${'61'.repeat(32)}`, '0x61']) expect(nameFromBytes32(word)).toBeNull()
  })
})

describe('keys', () => {
  it('are fresh, have an address, and sign what the contract recovers', () => {
    const key = freshKey()
    expect(isKey(key) && freshKey() !== key).toBe(true)
    const one = named('signed filing')
    const { EIP712Domain: _, ...types } = one.typedData.types
    const signature = signWithKey(statementOf(one), domainOf(one), key)
    expect(verifyTypedData(one.typedData.domain, types, one.typedData.message, signature)).toBe(addressOf(key))
  })
  it('the address is that of the first key of the well-known test phrase', () => {
    expect(addressOf('0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80')).toBe('0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266')
  })
  it.each([`0x${'00'.repeat(32)}`, `0x${'ff'.repeat(32)}`, '0x12', 'ac'.repeat(32), null, 7])('%j is none', (text) => {
    expect(isKey(text)).toBe(false)
  })
})
