// Servers that are away, slow, broken or mean: each gives a step that fails by name, and nothing hangs, grows or throws.
import { describe, expect, it, vi } from 'vitest'
import { ANCHORS } from '../../app/proof/contracts'
import { httpOver } from '../../app/proof/http'
import { full, quick } from './check'
import { fetchOf, json, NUMBER, RPC_URL, world, type World } from './world'

const html = () => new Response('<!doctype html><title>502</title>', { status: 502, headers: { 'content-type': 'text/html' } })
const ok = (result: unknown) => json({ jsonrpc: '2.0', id: 1, result })
const text = (body: string, status = 200) => new Response(body, { status })
/** Gives bytes as long as somebody reads. */
const endless = () => {
  let sent = 0
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      sent += 65_536
      if (sent > 100_000_000) throw new Error('nobody stopped reading')
      controller.enqueue(new Uint8Array(65_536).fill(32))
    },
  })
  return new Response(body)
}
const never = () => new Promise<Response>(() => {})
const away = () => Promise.reject(new TypeError('Failed to fetch'))

const ANSWERS: [name: string, key: string, answer: () => Response | Promise<Response>][] = [
  ['a page of HTML with an error', 'status', html],
  ['a page of HTML', 'notJson', () => text('<html>')],
  ['nothing', 'notJson', () => text('')],
  ['bytes that are no UTF-8', 'notJson', () => new Response(Uint8Array.of(0xff, 0xfe, 0x7b))],
  ['cut off JSON', 'notJson', () => text('{"jsonrpc":"2.0","result":"0x')],
  ['a list', 'badAnswer', () => text('[]')],
  ['null', 'badAnswer', () => text('null')],
  ['a text', 'badAnswer', () => text('"0x"')],
  ['deeply nested lists', 'badAnswer', () => text('['.repeat(5_000) + ']'.repeat(5_000))],
  ['an endless answer', 'tooLarge', endless],
  ['a connection that breaks', 'away', away],
  ['no answer', 'slow', never],
]

describe('the chain\'s node answers', () => {
  it.each(ANSWERS)('%s: %s', async (_, key, answer) => {
    const w = world()
    w.onRpc = answer
    const result = await quick(w, { http: { timeoutMs: 100, pageUrl: 'http://rpc.test/page' } })
    expect(result).toMatchObject({ failure: `chain ${key}`, verdict: 'unchecked' })
    expect(result.receivedBytes).toBeLessThan(200_000)
  })

  const { root, digest, count } = world().batches.get(NUMBER)!
  const good = ANCHORS.encodeFunctionResult('batch', [[`0x${root}`, `0x${digest}`, count, 2000, 2900, 2910]])
  it.each<[name: string, result: unknown]>([
    ['a number', 7],
    ['nothing', undefined],
    ['null', null],
    ['an object', { root }],
    ['hex of odd length', '0x123'],
    ['hex without 0x', good.slice(2)],
    ['letters that are no hex', `0x${'zz'.repeat(192)}`],
    ['too little', good.slice(0, -64)],
    ['too much', `${good}${'00'.repeat(32)}`],
    ['a count beyond its type', good.slice(0, 2 + 128) + 'f'.repeat(64) + good.slice(2 + 192)],
    ['dirt above a time', good.slice(0, 2 + 192) + '1'.padEnd(64, '0') + good.slice(2 + 256)],
  ])('with %s instead of a batch', async (_, result) => {
    const w = world()
    w.onRpc = ({ method }) => ok(method === 'eth_chainId' ? '0x7a69' : result)
    expect(await quick(w)).toMatchObject({ failure: 'chain badAnswer', verdict: 'unchecked' })
  })

  it.each<[name: string, result: unknown]>([
    ['a number', 31_337],
    ['decimal digits', '31337'],
    ['leading zeros', '0x07a69'],
    ['hex without end', `0x${'1'.repeat(60)}`],
    ['nothing', undefined],
  ])('with %s instead of the chain\'s id', async (_, result) => {
    const w = world()
    w.onRpc = () => ok(result)
    expect(await quick(w)).toMatchObject({ failure: 'chain badAnswer', verdict: 'unchecked' })
  })

  it.each<[name: string, failure: string, error: unknown]>([
    ['an error in words', 'chain rpcError', { code: -32000, message: 'header not found' }],
    ['an error of another shape', 'chain badAnswer', 'no'],
    ['an error without words', 'chain rpcError', { code: -32000 }],
    ['an error of another contract', 'chain rpcError', { code: 3, message: 'reverted', data: '0xdeadbeef' }],
    ['a refusal without reason', 'chain rpcError', { code: 3, message: 'execution reverted' }],
    ['data that are no hex', 'chain rpcError', { code: 3, message: 'x', data: '0xdeadbee' }],
  ])('with %s', async (_, failure, error) => {
    const w = world()
    w.onRpc = ({ method }) => (method === 'eth_chainId' ? ok('0x7a69') : json({ jsonrpc: '2.0', id: 1, error }, 200))
    expect(await quick(w)).toMatchObject({ failure, verdict: 'unchecked' })
  })

  it('with a refusal in the way of other nodes', async () => {
    const w = world()
    const data = ANCHORS.encodeErrorResult('NoBatch', [`0x${'61'.padEnd(64, '0')}`, 7])
    w.onRpc = ({ method }) =>
      method === 'eth_chainId' ? ok('0x7a69') : json({ error: { code: -32015, message: 'VM execution error.', data: { data } } }, 400)
    expect(await quick(w)).toMatchObject({ failure: 'chain noBatch', verdict: 'notAnchored' })
  })

  it('with words that are kept short and harmless', async () => {
    const w = world()
    w.onRpc = () => json({ error: { code: 1, message: `\u202e<b>\n\u0000${'x'.repeat(9_000)}` } })
    const message = String((await quick(w)).steps[3]!.error?.values.message)
    expect(message.length).toBeLessThanOrEqual(200)
    expect(message).not.toMatch(/[\u202e\n\u0000]/)
  })
})

describe('the service answers', () => {
  it.each(ANSWERS)('%s: %s', async (_, key, answer) => {
    const w = world()
    w.onService = answer
    const result = await quick(w, { http: { timeoutMs: 100 } })
    expect(result).toMatchObject({ failure: `record ${key}`, verdict: 'unchecked' })
  })

  it.each<[name: string, failure: string, answer: unknown]>([
    ['an error', 'record serviceRefuses', { errors: [{ message: 'too many proofs asked for' }] }],
    ['an error of another shape', 'record serviceRefuses', { errors: [7] }],
    ['no data', 'record badAnswer', { data: null }],
    ['another object', 'record badAnswer', { data: { record: 7 } }],
    ['no record field', 'record badAnswer', { data: {} }],
  ])('with %s', async (_, failure, answer) => {
    const w = world()
    w.onService = () => json(answer)
    expect(await quick(w)).toMatchObject({ failure, verdict: 'unchecked' })
  })
})

describe('the gateway answers', () => {
  const answered = async (answer: NonNullable<World['onGateway']>) => {
    const w = world()
    w.onGateway = answer
    return full(w, 'block')
  }

  it.each<[name: string, failure: string, verdict: string, answer: () => Response | Promise<Response>]>([
    ['HTML', 'header status', 'unchecked', html],
    ['HTML as if it were the block', 'header blockBytes', 'notProven', () => text('<html>')],
    ['nothing', 'header blockBytes', 'notProven', () => text('')],
    ['without end', 'header tooLarge', 'unchecked', endless],
    ['not at all', 'header away', 'unchecked', away],
    ['that it does not have it', 'header status', 'unchecked', () => text('', 404)],
  ])('%s: %s', async (_, failure, verdict, answer) => {
    expect(await answered(answer)).toMatchObject({ failure, verdict })
  })

  it('a length that is a lie, which changes nothing', async () => {
    const w = world()
    w.onGateway = ({ isHead }, url) =>
      isHead
        ? new Response(null, { headers: { 'content-length': '99999999999999999999' } })
        : new Response(w.blocks.get(url.pathname.split('/').at(-1)!))
    expect(await full(w, 'block')).toMatchObject({ verdict: 'proven' })
  })
})

describe('what the browser does not tell', () => {
  const refused = (w: World): typeof fetch => {
    const inner = fetchOf(w)
    return (input, init) => {
      if (!String(input).startsWith(RPC_URL)) return inner(input, init)
      // A server that is there but does not name this page's origin: only an answer that nobody may read gets through.
      return init?.mode === 'no-cors' ? Promise.resolve(new Response(null)) : away()
    }
  }

  it('a server of another origin that does not let this page read', async () => {
    const w = world()
    expect(await quick(w, { http: { fetch: refused(w) } })).toMatchObject({ failure: 'chain cors', verdict: 'unchecked' })
  })

  it('a server of another origin that is away', async () => {
    const w = world()
    w.onRpc = away
    expect(await quick(w)).toMatchObject({ failure: 'chain away' })
  })

  it('no network, the page\'s own policy, an end by the reader', async () => {
    const w = world()
    w.onRpc = away
    expect(await quick(w, { http: { isOffline: () => true } })).toMatchObject({ failure: 'chain offline' })
    expect(await quick(w, { http: { isBlocked: (url) => url === RPC_URL } })).toMatchObject({ failure: 'chain blocked' })
    const stop = new AbortController()
    w.onRpc = () => {
      stop.abort()
      return never()
    }
    expect(await quick(w, { http: { signal: stop.signal } })).toMatchObject({ failure: 'chain stopped', verdict: 'unchecked' })
    expect(await quick(w, { http: { signal: stop.signal } })).toMatchObject({ failure: 'record stopped' })
  })

  it('a page over https may ask http of this machine only', async () => {
    const asked: string[] = []
    const http = httpOver({
      pageUrl: 'https://page.test/',
      fetch: (input) => {
        asked.push(String(input))
        return Promise.resolve(text('{}'))
      },
    })
    const ask = (url: string) => http({ who: 'rpc', url, limitBytes: 10 })
    await expect(ask('http://rpc.test/')).rejects.toMatchObject({ key: 'mixed' })
    await expect(ask('http://127.0.0.1.evil.test/')).rejects.toMatchObject({ key: 'mixed' })
    await expect(ask('not an address')).rejects.toMatchObject({ key: 'badUrl' })
    for (const url of ['https://rpc.test/', 'http://127.0.0.1:8545/', 'http://localhost:8545/', 'http://[::1]:8545/']) await ask(url)
    expect(asked).toHaveLength(4)
  })

  it('a page over plain http has no SHA-256, and there is no other', async () => {
    const crypto = globalThis.crypto
    vi.stubGlobal('crypto', { getRandomValues: crypto.getRandomValues.bind(crypto) })
    try {
      expect(await quick(world())).toMatchObject({ failure: 'leaf noCrypto', verdict: 'unchecked' })
    } finally {
      vi.unstubAllGlobals()
    }
  })
})
