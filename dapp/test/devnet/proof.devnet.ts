// The page's own check of readings, against a real chain, IPFS node and service.
import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { beforeAll, describe, expect, it } from 'vitest'
import { type Commands, commandsFor } from '../../app/proof/commands'
import { parseEndpoint } from '../../app/proof/endpoints'
import { type FullMode, planFull } from '../../app/proof/full'
import { httpOver } from '../../app/proof/http'
import { planQuick } from '../../app/proof/quick'
import type { Question } from '../../app/proof/service'
import { measureFull } from '../../app/proof/size'
import { sourcesAt } from '../../app/proof/sources'
import { runSteps } from '../../app/proof/steps'
import { verdictOf } from '../../app/proof/verdict'
import { devnetEndpoints } from './endpoints'

const run = promisify(execFile)
const devnet = devnetEndpoints()
const BIN = new URL('../../../node_modules/.bin', import.meta.url).pathname

/** Through the service's own origin, as a browser asks by default; and past it, at the nodes themselves. */
const WAYS = [
  ['the service', { rpcUrl: `${devnet.dapp_url}/rpc`, gatewayUrl: `${devnet.dapp_url}/ipfs/` }],
  ['the nodes', { rpcUrl: devnet.rpc_url, gatewayUrl: parseEndpoint('gatewayUrl', devnet.ipfs_gateway_url)! }],
] as const

const questions: (Question & { count: number })[] = []

beforeAll(async () => {
  const query = '{ batches(status: VERIFIED, first: 50) { items { number count spans { deviceId firstSequence } } } }'
  const response = await fetch(devnet.graphql_url, {
    method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ query }),
  })
  const { data } = (await response.json()) as {
    data: { batches: { items: { number: number; count: number; spans: { deviceId: string; firstSequence: number }[] }[] } }
  }
  for (const { number, count, spans } of data.batches.items) {
    const span = spans.at(-1)
    if (span) questions.push({ deviceId: span.deviceId, sequence: span.firstSequence, batchNumber: number, count })
  }
  // The largest batch is the hardest.
  questions.sort((a, b) => b.count - a.count)
})

function checkOver(way: (typeof WAYS)[number][1], question: Question) {
  let received = 0
  const http = httpOver({ onBytes: (count) => (received += count) })
  const { anchors, rosters } = devnet.contracts
  const endpoints = { ...way, chainId: devnet.chain_id, anchors, rosters }
  const sources = sourcesAt(endpoints, devnet.graphql_url, http)
  const { deviceId, sequence, batchNumber } = question
  const quick = planQuick({ deviceId, sequence, batchNumber }, {}, sources)
  return { endpoints, sources, quick, receivedBytes: () => received }
}

const ignore = () => {}
const failure = (steps: Awaited<ReturnType<typeof runSteps>>) => verdictOf(steps).failed?.error?.message

describe.each(WAYS)('over %s', (_, way) => {
  it('the quick check proves readings with less than 2 kB', async () => {
    // How many there are depends on the hour: the scenario has no outage on some.
    expect(questions.length).toBeGreaterThan(0)
    for (const question of questions.slice(0, 10)) {
      const { quick, receivedBytes } = checkOver(way, question)
      const steps = await runSteps(quick.steps, ignore)
      expect(failure(steps)).toBeUndefined()
      expect(verdictOf(steps).kind).toBe('proven')
      console.log(`quick check in a batch of ${question.count}: ${receivedBytes()} bytes`)
      expect(receivedBytes()).toBeLessThan(2_048)
    }
  })

  it.each<FullMode>(['block', 'all'])('the full check proves readings, by %s', async (mode) => {
    for (const question of [questions[0]!, questions.at(-1)!]) {
      const { quick, sources, receivedBytes } = checkOver(way, question)
      await runSteps(quick.steps, ignore)
      const layout = await sources.service.layout(question, quick.findings().evidence)
      const size = await measureFull(layout, quick.findings(), sources)
      const before = receivedBytes()
      const planned = planFull(mode, size[mode].bytes, { quick: quick.findings(), sources, layout })
      const steps = await runSteps(planned, ignore)
      expect(failure(steps)).toBeUndefined()
      expect(verdictOf(steps).kind).toBe('proven')
      const told = `told ${size[mode].bytes}${size[mode].isAtMost ? ' at most' : ''}`
      console.log(`full check by ${mode} in a batch of ${question.count}: ${receivedBytes() - before} bytes, ${told}`)
    }
  })
})

describe('the commands', () => {
  /** What bash answers, in a folder of its own. */
  async function bash({ text }: Commands): Promise<string> {
    const folder = await mkdtemp(join(tmpdir(), 'proof-'))
    try {
      const env = { ...process.env, PATH: `${BIN}:${process.env.PATH}` }
      return (await run('bash', ['-euo', 'pipefail', '-c', text], { cwd: folder, env })).stdout
    } finally {
      await rm(folder, { recursive: true })
    }
  }

  it('come to the same', async () => {
    const question = questions[0]!
    const { endpoints, quick, sources } = checkOver(WAYS[1][1], question)
    await runSteps(quick.steps, ignore)
    const findings = quick.findings()
    const layout = await sources.service.layout(question, findings.evidence)
    const roster = planFull('block', 1e6, { quick: findings, sources, layout })
    const steps = await runSteps(roster, ignore)
    const publicKey = String(steps.find(({ id }) => id === 'device')?.values.find(({ name }) => name === 'publicKey')?.value)
    const block = { digest: layout.blockDigest!, line: layout.blockLine }
    const commands = Object.fromEntries(
      commandsFor({ ...question, endpoints, found: findings, block, publicKey }).map((one) => [one.id, one]),
    )
    const inclusion = await bash(commands.inclusion!)
    expect(inclusion).toContain(`computed 0x${findings.anchor.root}\non chain 0x${findings.anchor.root}\nEQUAL`)
    const blocks = await bash(commands.blocks!)
    expect(blocks.match(/^EQUAL$/gm)).toHaveLength(2)
    expect(blocks).not.toContain('DIFFERENT')
    expect(blocks.trimEnd().split('\n').at(-1)).toBe(findings.evidence.record)
    expect(await bash(commands.signature!)).toBe('Verified OK\n')

    // With another status in the record, all of it comes out otherwise.
    const forged = (text: string) => text.replace(/"power_status":"O(?:N|FF)"/, (was) => (was.includes('OFF') ? was.replace('OFF', 'ON') : was.replace('ON', 'OFF')))
    expect(await bash({ ...commands.inclusion!, text: forged(commands.inclusion!.text) })).toContain('DIFFERENT')
    await expect(bash({ ...commands.signature!, text: forged(commands.signature!.text) })).rejects.toThrow()
  })
})
