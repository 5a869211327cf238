// What becomes of what an official signs, by a node and a service that are a server here: replaced blocks, faster
// transactions, and what somebody else had sent.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'

interface Transaction { hash: string; from: string; nonce: string; to: string; input: string }
interface Submission { id: string; state: string; reason: string | null; reasonName: string | null; transactionHash: string | null }
const hash = (n: number) => `0x${n.toString(16).padStart(64, '0')}`
const [ACCOUNT, TO] = [`0x${'a1'.repeat(20)}`, `0x${'c0'.repeat(20)}`]
/** The chain as it stands; `receipts` by transaction: the block that each is in. */
const chain = { receipts: new Map<string, { blockNumber: number; blockHash: string }>(), count: 0, finalized: 0, transactions: [] as Transaction[] }
/** What the service says of the submission, one word after the other; the last one stays. */
let submissions: Submission[] = []

function node(method: string, [first]: unknown[]): unknown {
  const at = chain.receipts.get(String(first))
  switch (method) {
    case 'eth_getTransactionReceipt':
      return at ? { status: '0x1', blockNumber: `0x${at.blockNumber.toString(16)}`, blockHash: at.blockHash, logs: [] } : null
    case 'eth_getTransactionCount':
      return `0x${chain.count.toString(16)}`
    case 'eth_blockNumber':
      return '0x5'
    case 'eth_getBlockByNumber':
      return first === 'finalized' ? { number: `0x${chain.finalized.toString(16)}` } : { transactions: first === '0x4' ? chain.transactions : [] }
    case 'eth_call':
      return '0x'
    default:
      return null
  }
}
function service(query: string): unknown {
  if (query.includes('sponsorship')) return { sponsorship: { isOffered: true, effortBits: 0, filingsLeft: 1, remarksLeft: 1, actionsLeft: 1, freeAtUnixS: 0 } }
  const now = submissions.length > 1 ? submissions.shift()! : submissions[0]!
  return query.startsWith('mutation') ? { submit: now } : { submission: now }
}
const server = createServer((request, response) => {
  let body = ''
  request.on('data', (part) => (body += part)).on('end', () => {
    const asked = JSON.parse(body)
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify(request.url === '/rpc' ? { jsonrpc: '2.0', id: asked.id, result: node(asked.method, asked.params) } : { data: service(asked.query) }))
  })
})
let url = ''
vi.mock('../../app/api/service', () => ({ serviceUrl: (path: string) => `${url}/${path}`, rpcUrl: () => `${url}/rpc`, serviceFolder: () => url, pageFolder: () => url }))
// The page's own way to servers without the page: the same requests.
vi.mock('../../app/composables/proof/browserHttp', async () => {
  const { httpOver } = await import('../../app/proof/http')
  return { browserHttp: () => ({ http: httpOver({}), receivedBytes: () => 0 }) }
})
// The sum is tested by itself; a test has no worker for it.
vi.mock('../../app/complaint/makeEffort', () => ({ makeEffort: async () => 0 }))
const { isFinal, untilMined } = await import('../../app/official/receipt')
const { act, jobs } = await import('../../app/official/jobs')

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(() => server.close())
beforeEach(() => void (chain.receipts.clear(), (chain.transactions = []), (chain.count = 0), (chain.finalized = 0), (jobs.value = [])))

const sender = { account: ACCOUNT, before: 3, to: TO, data: '0xdada' }
const inBlock = (n: number, block: number) => chain.receipts.set(hash(n), { blockNumber: block, blockHash: hash(1_000 + block) })
const sent = (n: number, change: Partial<Transaction> = {}): Transaction => ({ hash: hash(n), from: ACCOUNT.toUpperCase().replace('X', 'x'), nonce: '0x3', to: TO, input: '0xDADA', ...change })

describe('a transaction', () => {
  it('that was sent faster with the same call goes on by its new name', async () => {
    chain.count = 4
    chain.transactions = [sent(8, { nonce: '0x2' }), sent(9)]
    inBlock(9, 4)
    expect(await untilMined(hash(1), sender)).toMatchObject({ transaction: hash(9), blockNumber: 4 })
  })
  it.each([['another call', { input: '0xbeef' }], ['a call of another contract', { to: ACCOUNT }]])('in whose place is %s was replaced', async (_, change) => {
    chain.count = 4
    chain.transactions = [sent(9, change)]
    inBlock(9, 4)
    await expect(untilMined(hash(1), sender)).rejects.toMatchObject({ problem: 'replaced' })
  })
  it('is final only in the block in which it still is then', async () => {
    inBlock(1, 4)
    const mined = await untilMined(hash(1))
    chain.finalized = 4
    expect(await isFinal(mined)).toBe(true)
    inBlock(1, 6)
    expect(await isFinal(mined)).toBe(false)
    chain.receipts.clear()
    expect(await isFinal(mined)).toBe(false)
  })
})

describe('what the service sends', () => {
  const said = (state: string, transactionHash: string | null, reasonName: string | null = null): Submission => ({ id: hash(77), state, transactionHash, reasonName, reason: reasonName })
  const action = { act: 'acknowledge' as const, complaint: hash(5), index: 1, previous: hash(5), note: '', duplicateOf: hash(0), signer: ACCOUNT }
  const account = { kind: 'passkey' as const, name: '', address: ACCOUNT, sign: async () => '0x00', prove: async () => {}, send: null }
  const at = { chainId: 1, complaints: TO, notices: TO, rosters: TO, officials: TO, clocks: TO, passkeys: TO, operator: null }
  const run = async (all: Submission[]) => {
    submissions = all
    expect(await act(account, [action], 'a', 'sponsored', at)).toBe(true)
    const states: string[] = []
    return { states, job: () => (states.at(-1) === jobs.value[0]!.state || states.push(jobs.value[0]!.state), jobs.value[0]!) }
  }

  it('is done where somebody else had sent it, and final when that is', async () => {
    const { job } = await run([said('WAITING', null), said('MINED', null), said('MINED', null), said('FINAL', null)])
    await expect.poll(() => job().state, { timeout: 20_000 }).toBe('mined')
    expect(job()).toMatchObject({ isOthers: true, problem: null, refusal: null })
    await expect.poll(() => job().state, { timeout: 20_000 }).toBe('final')
  }, 60_000)
  it('is not done where it was refused', async () => {
    const { job } = await run([said('WAITING', null), said('REFUSED', null, 'WrongIndex')])
    await expect.poll(() => job().state, { timeout: 20_000 }).toBe('failed')
    expect(job().refusal).toBe('WrongIndex')
  }, 60_000)
  it('is pending again where its block was replaced, and goes on by its new transaction', async () => {
    inBlock(1, 4)
    inBlock(2, 6)
    chain.finalized = 6
    const { job, states } = await run([said('SENT', hash(1)), said('MINED', hash(1)), said('SENT', hash(2)), said('FINAL', hash(2))])
    await expect.poll(() => job().state, { timeout: 30_000, interval: 50 }).toBe('final')
    expect(job().transaction).toBe(hash(2))
    // Between the last two words it is on the chain for a moment, which a look may miss.
    expect(states.slice(0, 3)).toEqual(['sent', 'mined', 'sent'])
  }, 60_000)
  it('is not final while the chain does not have it where the service says', async () => {
    chain.finalized = 9
    const { job } = await run([said('FINAL', hash(3))])
    await new Promise((resolve) => setTimeout(resolve, 3_000))
    expect(job().state).toBe('sent')
    inBlock(3, 4)
    await expect.poll(() => job().state, { timeout: 20_000 }).toBe('final')
  }, 60_000)
})
