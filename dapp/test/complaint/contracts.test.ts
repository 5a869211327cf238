// The ABI that the page has, against that of the contracts.
import { readFileSync } from 'node:fs'
import { Interface } from 'ethers/abi'
import { describe, expect, it } from 'vitest'
import { AUTHORITY, CLOCKS, COMPLAINTS, NOTICES, OFFICIALS, PASSKEYS, ROSTER_HISTORY } from '../../app/complaint/contracts'
import { REFUSALS, refusalIn, refusalNamed } from '../../app/complaint/refusal'
import { nameBytes32 } from '../../app/complaint/names'

const abiOf = (name: string) =>
  new Interface((JSON.parse(readFileSync(new URL(`../../../contracts/bindings/abi/${name}.json`, import.meta.url), 'utf8')) as { abi: never }).abi)

describe.each([
  ['Complaints', COMPLAINTS],
  ['Notices', NOTICES],
  ['Officials', OFFICIALS],
  ['Clocks', CLOCKS],
  ['Passkeys', PASSKEYS],
  ['Rosters', ROSTER_HISTORY],
  ['AccessManager', AUTHORITY],
])('%s', (name, ours) => {
  const theirs = abiOf(name).fragments.map((fragment) => fragment.format('full'))
  // Names of what a function gives back are the page's own.
  const bare = (fragment: string) => fragment.replace(/ returns .*$/, '')
  it.each(ours.fragments.map((fragment) => fragment.format('full')))('%s', (fragment) => {
    expect(theirs.map(bare)).toContain(bare(fragment))
  })
  it('what the functions give back has the same types', () => {
    for (const fragment of ours.fragments.filter(({ type }) => type === 'function')) {
      const signature = fragment.format('sighash')
      const types = (abi: Interface) => abi.getFunction(signature)!.outputs.map((output) => output.format('sighash'))
      expect(types(ours)).toEqual(types(abiOf(name)))
    }
  })
})

describe('refusals', () => {
  const all = [COMPLAINTS, NOTICES, OFFICIALS, CLOCKS].flatMap((abi) => abi.fragments).filter(({ type }) => type === 'error')
  it('every error that is known has its sentence, and no other has', () => {
    const names = new Set(all.map((fragment) => fragment.format('sighash').replace(/\(.*/, '')))
    expect([...names].sort()).toEqual([...REFUSALS].sort())
  })
  it('are found in what a contract reverted with', () => {
    expect(refusalIn(COMPLAINTS.encodeErrorResult('UnknownArea', [nameBytes32('palwal-3')]))).toBe('UnknownArea')
    expect(refusalIn(OFFICIALS.encodeErrorResult('GrantOver', [nameBytes32('a'), `0x${'11'.repeat(20)}`, 3]))).toBe('GrantOver')
    for (const data of ['0x', '0x08c379a0', '0x12345678', 'nothing']) expect(refusalIn(data)).toBe('other')
  })
  it('are found in words', () => {
    expect([refusalNamed('WrongIndex'), refusalNamed('WrongIndex(0xab, 2, 1)'), refusalNamed('Whatever'), refusalNamed(null)]).toEqual(['WrongIndex', 'WrongIndex', 'other', 'other'])
  })
})
