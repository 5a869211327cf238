import { execFileSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { fromHex } from '../../app/proof/bytes'
import { commandsFor, type Known, quoted } from '../../app/proof/commands'
import { parseRecord } from '../../app/proof/record'
import { BATCH, ROSTER } from './golden'
import { ADDRESSES, AREA, NUMBER } from './world'

const endpoints = { rpcUrl: 'http://127.0.0.1:8545/', gatewayUrl: 'https://gateway.test/ipfs/', chainId: 31_337, ...ADDRESSES }

function known(leafIndex: number): Known {
  const record = BATCH.blocks[0]!.split('\n')[leafIndex]!
  const path = BATCH.proofs[leafIndex]!.path.map((hash) => fromHex(hash)!)
  const evidence = { record, areaId: AREA, batchNumber: NUMBER, leafIndex, treeSize: BATCH.count, path }
  const parsed = parseRecord(record)
  return { deviceId: parsed.deviceId, sequence: parsed.sequence, endpoints, found: { evidence, record: parsed } }
}

const textOf = (all: Known, id: string) => commandsFor(all).find((one) => one.id === id)?.text

/** Runs bash with a `cast` that answers the golden root. */
function bash(text: string): string {
  const cast = `cast() { case $1 in chain-id) echo 31337 ;; *) echo 0x${BATCH.root} ;; esac; }`
  return execFileSync('bash', ['-euo', 'pipefail', '-c', `${cast}\n${text}`], { encoding: 'utf8' })
}

describe('the commands', () => {
  it.each([0, 1, 2, 3, 4])('compute the root of record %i with bash and sha256sum', (leafIndex) => {
    expect(bash(textOf(known(leafIndex), 'inclusion')!)).toContain(`computed 0x${BATCH.root}\non chain 0x${BATCH.root}\nEQUAL\n`)
  })

  it('come to another root with another record', () => {
    const text = textOf(known(1), 'inclusion')!.replace('"ON"', '"OFF"')
    expect(bash(text)).toContain('DIFFERENT')
  })

  it('grow with what is known', () => {
    const ids = (all: Known) => commandsFor(all).map(({ id }) => id)
    const { deviceId, sequence } = known(1)
    expect(ids({ deviceId, sequence, endpoints })).toEqual(['verifier'])
    expect(ids(known(1))).toEqual(['inclusion', 'verifier'])
    const publicKey = /"public_key":"([0-9a-f]+)"/.exec(ROSTER.blocks[0]!)![1]!
    const all = { ...known(1), block: { digest: BATCH.digest, line: 2 }, publicKey }
    expect(ids(all)).toEqual(['inclusion', 'blocks', 'signature', 'verifier'])
    expect(textOf(all, 'verifier')).toContain(`--area ${AREA} --batch ${NUMBER}`)
    expect(textOf(all, 'blocks')).toContain(BATCH.cid)
  })

  it('let nothing into the shell that comes from outside', () => {
    const hostile = `'; touch /tmp/owned; echo '$(touch /tmp/owned)\`x\``
    expect(execFileSync('bash', ['-c', `printf %s ${quoted(hostile)}`], { encoding: 'utf8' })).toBe(hostile)
    const text = textOf({ ...known(1), deviceId: hostile, endpoints: { ...endpoints, rpcUrl: hostile } }, 'verifier')!
    const args = execFileSync('bash', ['-c', `cargo() { printf '%s\\n' "$@"; }\n${text}`], { encoding: 'utf8' }).split('\n')
    expect(args.filter((arg) => arg === hostile)).toHaveLength(2)
  })
})
