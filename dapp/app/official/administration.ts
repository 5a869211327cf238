// What the administrator does, as calls of its contracts. A multisig takes the same calls.
import { AUTHORITY, CLOCKS, OFFICIALS, PASSKEYS, ROSTER_HISTORY } from '../complaint/contracts'
import type { Installation } from '../complaint/installation'
import { nameBytes32, nameFromBytes32 } from '../complaint/names'
import { readContract } from '../complaint/node'
import type { PasskeyKey } from './passkey'

/** A call of the administration. */
export interface Call {
  to: string
  data: string
}

/** The name of an area; empty for all of them. */
const areaWord = (areaId: string): string => (areaId === '' ? `0x${'00'.repeat(32)}` : nameBytes32(areaId))

/** Times of the chain have 40 bits; zero is this block. */
export const grantCall = ({ officials }: Installation, areaId: string, wallet: string, level: number, fromUnixS: number, untilUnixS: number): Call => ({
  to: officials,
  data: OFFICIALS.encodeFunctionData('grant', [areaWord(areaId), wallet, level, fromUnixS, untilUnixS]),
})

/** Ends a grant: the one of the wallet for the area with this term. */
export async function revokeCall({ officials }: Installation, areaId: string, wallet: string, fromUnixS: number): Promise<Call | null> {
  const area = areaWord(areaId)
  const [grants] = (await readContract(OFFICIALS, officials, 'grants', [area, wallet])) as [{ from: bigint; revokedAt: bigint }[]]
  const index = grants.findIndex(({ from, revokedAt }) => Number(from) === fromUnixS && revokedAt === 0n)
  return index < 0 ? null : { to: officials, data: OFFICIALS.encodeFunctionData('revoke', [area, wallet, index]) }
}

/** A grant whose key is lost. */
export interface Lost {
  wallet: string
  level: number
  fromUnixS: number
  untilUnixS: number
  /** Empty for all areas. */
  areaId: string
}

/** Ends a lost key's grant, and gives what is left of it to another account: same areas, same level, same end. */
export async function replaceCalls(at: Installation, lost: Lost, wallet: string, nowUnixS: number): Promise<Call[] | null> {
  const revoke = await revokeCall(at, lost.areaId, lost.wallet, lost.fromUnixS)
  return revoke && [revoke, grantCall(at, lost.areaId, wallet, lost.level, lost.fromUnixS > nowUnixS ? lost.fromUnixS : 0, lost.untilUnixS)]
}

export const setClockCall = ({ clocks }: Installation, schedule: string, kind: string, durationS: number, effectiveFromUnixS: number): Call => ({
  to: clocks,
  data: CLOCKS.encodeFunctionData('setClock', [nameBytes32(schedule), nameBytes32(kind), durationS, effectiveFromUnixS]),
})

export const assignCall = ({ clocks }: Installation, areaId: string, schedule: string, effectiveFromUnixS: number): Call => ({
  to: clocks,
  data: CLOCKS.encodeFunctionData('assign', [nameBytes32(areaId), nameBytes32(schedule), effectiveFromUnixS]),
})

/** Makes the account of a passkey; by anyone. */
export const passkeyCall = ({ passkeys }: Installation, { x, y }: Pick<PasskeyKey, 'x' | 'y'>): Call => ({
  to: passkeys,
  data: PASSKEYS.encodeFunctionData('create', [x, y]),
})

/** Whether an account may grant. */
export async function isAdministrator({ officials }: Installation, account: string): Promise<boolean> {
  const [authority] = await readContract(OFFICIALS, officials, 'authority', [])
  const [isImmediate] = await readContract(AUTHORITY, String(authority), 'canCall', [account, officials, OFFICIALS.getFunction('grant')!.selector])
  return isImmediate === true
}

export interface ScheduledClock {
  kind: string
  /** All that it has had, the first one first; a duration of zero: not taken from then on. */
  clocks: { durationS: number; fromUnixS: number }[]
}

/** A roster as the chain has it. */
export interface RosterVersion {
  version: number
  digest: string
  devices: number
  effectiveFromUnixS: number
  publishedAtUnixS: number
}

/** Rosters listed at most, the newest first. */
export const MAX_ROSTERS = 50

/** Which devices an area has had, by the chain: its rosters, the newest first. */
export async function rostersOf({ rosters }: Installation, areaId: string): Promise<RosterVersion[]> {
  const area = nameBytes32(areaId)
  const [versions] = await readContract(ROSTER_HISTORY, rosters, 'versions', [area])
  const numbers = Array.from({ length: Math.min(Number(versions), MAX_ROSTERS) }, (_, i) => Number(versions) - i)
  return Promise.all(
    numbers.map(async (version) => {
      const [roster] = (await readContract(ROSTER_HISTORY, rosters, 'roster', [area, version])) as [{ digest: string; devices: bigint; effectiveFrom: bigint; publishedAt: bigint }]
      return {
        version,
        digest: roster.digest.slice(2),
        devices: Number(roster.devices),
        effectiveFromUnixS: Number(roster.effectiveFrom),
        publishedAtUnixS: Number(roster.publishedAt),
      }
    }),
  )
}

/** The schedule that an area follows, with all its clocks; none where it follows none. */
export async function scheduleOf({ clocks }: Installation, areaId: string, atUnixS: number): Promise<{ schedule: string; clocks: ScheduledClock[] } | null> {
  const [word] = await readContract(CLOCKS, clocks, 'scheduleAt', [nameBytes32(areaId), atUnixS])
  const schedule = nameFromBytes32(String(word))
  if (schedule === null) return null
  const [kinds] = (await readContract(CLOCKS, clocks, 'classes', [word])) as [string[]]
  const all = await Promise.all(
    [...kinds].map(async (kind) => {
      const [had] = (await readContract(CLOCKS, clocks, 'clocks', [word, kind])) as [{ duration: bigint; effectiveFrom: bigint }[]]
      return {
        kind: nameFromBytes32(kind) ?? kind,
        clocks: [...had].map(({ duration, effectiveFrom }) => ({ durationS: Number(duration), fromUnixS: Number(effectiveFrom) })),
      }
    }),
  )
  return { schedule, clocks: all.sort((a, b) => a.kind.localeCompare(b.kind)) }
}
