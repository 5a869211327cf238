// Checking a reading: it passes where everything agrees; where anything lies or fails, the step that finds it says so, in
// both languages, and nothing is shown as proven.
import { readFileSync } from 'node:fs'
import type { Page } from 'playwright-core'
import { describe, expect, inject, test } from 'vitest'
import { query } from './support/ask'
import * as faults from './support/faults'
import { PHONE, open } from './support/open'
import type { Fault, Faults } from './support/origin'
import { checkAddress, finalSite, type SiteNow } from './support/scene'
import { verdict } from './support/proof'

type Kind = 'notProven' | 'notAnchored' | 'unchecked'
type Depth = 'quick' | 'block' | 'all'

interface Locale {
  verdict: Record<string, string>
}
const words = Object.fromEntries(
  ['en', 'hi'].map((language) => [language, (JSON.parse(readFileSync(new URL(`../../i18n/locales/proof.${language}.json`, import.meta.url), 'utf8')) as { proof: Locale }).proof]),
) as Record<'en' | 'hi', Locale>

/** Where what is checked lies on IPFS. */
interface Places {
  header: string
  block: string
  rosterHeader: string
}

async function placesOf({ deviceId, areaId, now }: SiteNow): Promise<Places> {
  const text = 'query($d: String!, $s: Int53!, $n: Int53, $a: String!) { record(deviceId: $d, sequence: $s, batchNumber: $n) { headerCid blockCid } area(id: $a) { roster { uri } } }'
  const { record, area } = await query<{ record: { headerCid: string; blockCid: string }; area: { roster: { uri: string } } }>(inject('endpoints'), text, { d: deviceId, s: now!.sequence, n: now!.batchNumber, a: areaId })
  return { header: record.headerCid, block: record.blockCid, rosterHeader: area.roster.uri.replace('ipfs://', '') }
}

/** Runs a check to its depth, as far as it goes, and waits for its end. */
async function check(page: Page, depth: Depth, before: () => void = () => {}) {
  await page.getByTestId('proof-quick').click()
  await page.waitForFunction(() => !['none', 'running'].includes(document.querySelector('[data-testid="proof-verdict"]')?.getAttribute('data-verdict') ?? 'none'))
  if (depth === 'quick') return
  expect(await verdict(page)).toBe('proven')
  await page.getByTestId('proof-full').click()
  await page.getByTestId(`proof-full-${depth}`).waitFor()
  before()
  await page.getByTestId(`proof-full-${depth}`).click()
  await page.locator('[data-testid="proof-step-header"]').waitFor()
  await page.waitForFunction(() => !['none', 'running'].includes(document.querySelector('[data-testid="proof-verdict"]')?.getAttribute('data-verdict') ?? 'none'))
}

const steps = (page: Page) =>
  page.locator('[data-testid^="proof-step-"]').evaluateAll((all) => all.map((one) => ({ id: one.getAttribute('data-testid')!.replace('proof-step-', ''), status: one.getAttribute('data-status'), text: (one as HTMLElement).innerText })))

/** Changes what the service says of the record, in the page's own question and in the check's. */
const record = (change: (record: any) => void): Fault => faults.data((data) => data.record?.record && change(data.record)) // eslint-disable-line @typescript-eslint/no-explicit-any
/** Only the check's question. */
const asked = (name: string, fault: Fault): Fault => async (question, pass) => (String(question.body).includes(name) ? fault(question, pass) : pass())
const flipped = (hex: string, at: number) => hex.slice(0, at) + (hex[at] === '0' ? '1' : '0') + hex.slice(at + 1)
const toggled = (text: string) => (text.includes('"ON"') ? text.replace('"ON"', '"OFF"') : text.replace('"OFF"', '"ON"'))
const isCall = (params: any, to: string) => String(params?.[0]?.to).toLowerCase() === to.toLowerCase() // eslint-disable-line @typescript-eslint/no-explicit-any
const noFinality: Fault = async (question, pass) => {
  const call = JSON.parse(String(question.body)) as { id: number; params?: unknown[] }
  if (call.params?.[1] !== 'finalized') return pass()
  return { status: 200, headers: { 'content-type': 'application/json' }, body: Buffer.from(JSON.stringify({ jsonrpc: '2.0', id: call.id, error: { code: -32_602, message: 'unknown tag' } })) }
}

interface Lie {
  name: string
  faults: (places: Places) => Faults
  step: string
  kind: Kind
  depth?: Depth
  /** From the full check on only. */
  isLate?: boolean
}

const anchors = () => inject('endpoints').contracts.anchors
const rosters = () => inject('endpoints').contracts.rosters

const LIES: Lie[] = [
  { name: 'the record says something else than the page', faults: () => ({ graphql: record((r) => (r.record = toggled(r.record))) }), step: 'record', kind: 'notProven' },
  { name: 'the record is altered, and the page believes it', faults: () => ({ graphql: record((r) => Object.assign(r, { record: toggled(r.record), powerStatus: r.powerStatus === 'ON' ? 'OFF' : 'ON' })) }), step: 'chain', kind: 'notProven' },
  { name: 'the record is spelt in another way', faults: () => ({ graphql: record((r) => (r.record = r.record.replace(',', ', '))) }), step: 'record', kind: 'notProven' },
  { name: 'the proof is altered', faults: () => ({ graphql: record((r) => r.proof?.path?.length && (r.proof.path[0] = flipped(r.proof.path[0], 5))) }), step: 'chain', kind: 'notProven' },
  { name: 'the proof is cut short', faults: () => ({ graphql: record((r) => r.proof?.path?.pop()) }), step: 'path', kind: 'notProven' },
  { name: 'the service knows no batch with it', faults: () => ({ graphql: asked('ProofEvidence', faults.data((data) => (data.record = null))) }), step: 'record', kind: 'notAnchored' },
  { name: 'the service goes away', faults: () => ({ graphql: asked('ProofEvidence', faults.away) }), step: 'record', kind: 'unchecked' },
  { name: 'the service answers with errors', faults: () => ({ graphql: asked('ProofEvidence', faults.errors('overloaded')) }), step: 'record', kind: 'unchecked' },
  { name: 'the chain\'s node has another root', faults: () => ({ rpc: faults.rpcResult('eth_call', (result, params) => (isCall(params, anchors()) ? flipped(result, 20) : result)) }), step: 'chain', kind: 'notProven' },
  { name: 'the chain\'s node is of another chain', faults: () => ({ rpc: faults.rpcResult('eth_chainId', () => '0x1') }), step: 'chain', kind: 'unchecked' },
  { name: 'the chain\'s node is away', faults: () => ({ rpc: faults.away }), step: 'chain', kind: 'unchecked' },
  { name: 'the chain\'s node is broken', faults: () => ({ rpc: faults.status(502) }), step: 'chain', kind: 'unchecked' },
  { name: 'the chain has no such contract', faults: () => ({ rpc: faults.rpcResult('eth_call', () => '0x') }), step: 'chain', kind: 'unchecked' },
  { name: 'the chain\'s node does not tell what is final', faults: () => ({ rpc: noFinality }), step: 'final', kind: 'unchecked' },
  { name: 'one byte of the header is changed', depth: 'block', faults: ({ header }) => ({ ipfs: faults.oneByte((path) => path.includes(header)) }), step: 'header', kind: 'notProven' },
  { name: 'one byte of the record\'s block is changed', depth: 'block', faults: ({ block }) => ({ ipfs: faults.oneByte((path) => path.includes(block)) }), step: 'block', kind: 'notProven' },
  { name: 'one byte of a block is changed, and the whole batch is asked for', depth: 'all', faults: ({ block }) => ({ ipfs: faults.oneByte((path) => path.includes(block)) }), step: 'blocks', kind: 'notProven' },
  { name: 'one byte of the list of devices\' header is changed', depth: 'block', isLate: true, faults: ({ rosterHeader }) => ({ ipfs: faults.oneByte((path) => path.includes(rosterHeader)) }), step: 'rosterHeader', kind: 'notProven' },
  { name: 'one byte of the list of devices is changed', depth: 'block', isLate: true, faults: (places) => ({ ipfs: faults.oneByte((path) => !Object.values(places).some((cid) => path.includes(cid))) }), step: 'device', kind: 'notProven' },
  { name: 'the chain\'s node has another list of devices', depth: 'block', isLate: true, faults: () => ({ rpc: faults.rpcResult('eth_call', (result, params) => (isCall(params, rosters()) ? flipped(result, 2 + 64 + 20) : result)) }), step: 'roster', kind: 'notProven' },
  { name: 'IPFS is away', depth: 'block', isLate: true, faults: () => ({ ipfs: faults.away }), step: 'header', kind: 'unchecked' },
  { name: 'IPFS answers something else', depth: 'block', isLate: true, faults: () => ({ ipfs: async () => ({ status: 200, headers: { 'content-type': 'text/html' }, body: Buffer.from('<h1>Log in to this network</h1>') }) }), step: 'header', kind: 'notProven' },
]

describe('passes', () => {
  test('quick: every step with its values, in less than 2 kB', async () => {
    const site = await finalSite()
    const { page, origin } = await open({ at: checkAddress(site), context: PHONE })
    await page.getByTestId('proof-quick').waitFor()
    const before = origin.seen.length
    await check(page, 'quick')
    expect(await verdict(page)).toBe('proven')
    expect((await steps(page)).map(({ id, status }) => `${id} ${status}`)).toEqual(['record passed', 'leaf passed', 'path passed', 'chain passed', 'final passed'])
    const fetched = origin.seen.slice(before).filter(({ upstream }) => upstream === 'rpc' || upstream === 'graphql')
    expect(fetched.reduce((sum, { bytes }) => sum + bytes, 0)).toBeLessThan(2_000)
    // The operator's own node is named as such.
    expect(await page.locator('.proof').innerText()).toMatch(/operator/)
  })

  test.each(['block', 'all'] as const)('full (%s): the size is told before anything is fetched', async (depth) => {
    const site = await finalSite()
    const { page, origin } = await open({ at: checkAddress(site) })
    await page.getByTestId('proof-quick').click()
    await page.getByTestId('proof-full').click()
    const button = page.getByTestId(`proof-full-${depth}`)
    await button.waitFor()
    expect(await button.innerText()).toMatch(/\d (B|kB|MB)/)
    expect(origin.seen.filter(({ upstream, method }) => upstream === 'ipfs' && method === 'GET')).toEqual([])
    await button.click()
    await expect.poll(() => page.getByTestId('proof-full-done').count()).toBe(1)
    expect(await verdict(page)).toBe('proven')
    const all = await steps(page)
    expect(all.filter(({ status }) => status !== 'passed')).toEqual([])
    expect(all.map(({ id }) => id)).toContain('signature')
    expect(all.length).toBe(depth === 'block' ? 15 : 19)
  })

  test('what is not proven stands beside it', async () => {
    const { page } = await open({ at: checkAddress(await finalSite()) })
    await check(page, 'quick')
    expect(await page.getByTestId('proof-not-proven').innerText()).toMatch(/battery/i)
  })

  test('node, gateway and contracts can be replaced, and are remembered', async () => {
    const { rpc_url: node, ipfs_gateway_url: gateway } = inject('endpoints')
    const site = await finalSite()
    const { page, origin } = await open({ at: checkAddress(site), before: ({ origin }) => (origin.allow(node), origin.allow(gateway), undefined) })
    await page.getByTestId('proof-endpoints').locator('summary').click()
    await page.getByTestId('proof-endpoints-change').click()
    await page.getByTestId('proof-endpoint-rpcUrl').fill(node)
    await page.getByTestId('proof-endpoint-gatewayUrl').fill(gateway)
    await page.getByTestId('proof-endpoints-save').click()
    await page.reload()
    await check(page, 'block')
    expect(await verdict(page)).toBe('proven')
    expect(origin.seen.filter(({ upstream }) => upstream === 'rpc' || upstream === 'ipfs')).toEqual([])
  })
})

describe.each(LIES)('$name', ({ faults: lie, step, kind, depth = 'quick', isLate = depth !== 'quick' }) => {
  test(`step ${step} says so, and nothing is proven`, async () => {
    const site = await finalSite()
    const made = lie(await placesOf(site))
    const { page, origin } = await open({ at: checkAddress(site), faults: isLate ? {} : made })
    await check(page, depth, () => isLate && (origin.faults = made))
    const all = await steps(page)
    const failed = all.findIndex(({ status }) => status === 'failed')
    expect(all[failed]?.id).toBe(step)
    expect(all.slice(0, failed).every(({ status }) => status === 'passed')).toBe(true)
    expect(all.slice(failed + 1).every(({ status }) => status === 'skipped')).toBe(true)
    expect(await verdict(page)).toBe(kind)
    const told = page.getByTestId('proof-verdict')
    expect(await told.locator('h2').innerText()).toBe(words.en.verdict[kind])
    expect(await told.innerText()).toContain(words.en.verdict[`${kind}What`])
    expect(await page.locator('.proof').innerText()).not.toContain(words.en.verdict.proven + '\n')

    await page.getByTestId('language').click()
    await expect.poll(() => told.locator('h2').innerText()).toBe(words.hi.verdict[kind])
    expect(await verdict(page)).toBe(kind)
    const inHindi = (await steps(page))[failed]!
    expect([inHindi.id, inHindi.status]).toEqual([step, 'failed'])
    expect(inHindi.text).toMatch(/[\u0900-\u097f]{3}/)
    expect(inHindi.text).not.toMatch(/proof\.|\b(the|is|of)\b/)
  })
})

test('a slow service: the step runs and nothing is proven until it answers', async () => {
  const { opened, open: openGate } = faults.gate()
  const { page } = await open({ at: checkAddress(await finalSite()), faults: { graphql: asked('ProofEvidence', faults.after(opened)) } })
  await page.getByTestId('proof-quick').click()
  await expect.poll(() => page.getByTestId('proof-step-record').getAttribute('data-status')).toBe('running')
  expect(await verdict(page)).toBe('running')
  openGate()
  await expect.poll(() => verdict(page)).toBe('proven')
})

test('a check that is stopped proves nothing', async () => {
  const { page } = await open({ at: checkAddress(await finalSite()), faults: { rpc: faults.silent } })
  await page.getByTestId('proof-quick').click()
  await page.getByTestId('proof-stop').click()
  await expect.poll(() => verdict(page)).toBe('unchecked')
})

test('the commands to paste name the same record, node and contract', async () => {
  const site = await finalSite()
  const { page } = await open({ at: checkAddress(site) })
  await check(page, 'quick')
  const text = await page.getByTestId('proof-commands').evaluate((element) => element.textContent ?? '')
  for (const part of [site.deviceId, String(site.now!.sequence), anchors().toLowerCase()]) expect(text.toLowerCase()).toContain(part)
})
