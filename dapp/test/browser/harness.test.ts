// That the harness sees what it is there to see: tests that pass because nobody looked are worse than none.
import { expect, inject, test } from 'vitest'
import { query } from './support/ask'
import * as faults from './support/faults'
import { open } from './support/open'

test('a request to another origin is refused and remembered, WebSockets and workers included', async () => {
  const { page, origin } = await open()
  await page.evaluate(async () => {
    await fetch('http://elsewhere.example/a').catch(() => {})
    await new Promise((resolve) => (new WebSocket('ws://elsewhere.example/b').onerror = resolve))
    const worker = new Worker(URL.createObjectURL(new Blob(["fetch('http://elsewhere.example/c').catch(() => {}).then(() => postMessage(0))"])))
    await new Promise((resolve) => (worker.onmessage = resolve))
  })
  // The service's own policy keeps most of it in the browser; what comes out is seen.
  const policy = (await page.request.get(origin.url)).headers()['content-security-policy']
  expect(policy).toContain("default-src 'self'")
  expect(origin.foreign.every((url) => url.includes('elsewhere.example'))).toBe(true)
  origin.foreign.length = 0
})

test('without the service\'s policy a request to another origin comes out, and is seen', async () => {
  const { page, origin } = await open({
    faults: { page: async (_, pass) => { const reply = await pass(); delete reply.headers['content-security-policy']; return reply } },
  })
  await page.evaluate(async () => {
    await fetch('http://elsewhere.example/a').catch(() => {})
    await fetch(`http://127.0.0.1:40001/b`).catch(() => {})
    await new Promise((resolve) => (new WebSocket('ws://elsewhere.example/c').onerror = resolve))
    const worker = new Worker(URL.createObjectURL(new Blob(["fetch('http://elsewhere.example/d').catch(() => {}).then(() => postMessage(0))"])))
    await new Promise((resolve) => (worker.onmessage = resolve))
  })
  expect(origin.foreign.sort()).toEqual(['CONNECT elsewhere.example:80', 'http://127.0.0.1:40001/b', 'http://elsewhere.example/a', 'http://elsewhere.example/d'])
  origin.foreign.length = 0
})

test('an upstream can be away, wrong, or changed', async () => {
  const { page, origin } = await open()
  const ask = () => page.evaluate(async () => {
    const body = JSON.stringify({ query: '{ areas { areaId name } }' })
    const response = await fetch('graphql', { method: 'POST', headers: { 'content-type': 'application/json' }, body }).catch(() => undefined)
    return response && [response.status, await response.text()]
  })
  const real = await query<{ areas: { areaId: string; name: string }[] }>(inject('endpoints'), '{ areas { areaId name } }')
  expect(await ask()).toEqual([200, JSON.stringify({ data: real })])
  origin.faults = { graphql: faults.away }
  expect(await ask()).toBeUndefined()
  origin.faults = { graphql: faults.status(503) }
  expect(await ask()).toEqual([503, 'no'])
  origin.faults = { graphql: faults.data((data) => faults.rewrite(data, (key, value) => (key === 'name' ? `${value}!` : undefined))) }
  expect(await ask()).toEqual([200, JSON.stringify({ data: { areas: real.areas.map((area) => ({ ...area, name: `${area.name}!` })) } })])
  expect(origin.seen.filter((seen) => seen.upstream === 'graphql').length).toBeGreaterThan(2)
})

test('a subscription comes through the WebSocket', async () => {
  const { page } = await open()
  const acknowledged = await page.evaluate(() => new Promise<string>((resolve, reject) => {
    const socket = new WebSocket(new URL('graphql', document.baseURI).href.replace('http', 'ws'), 'graphql-transport-ws')
    socket.onopen = () => socket.send('{"type":"connection_init"}')
    socket.onmessage = (message) => resolve(String(message.data))
    socket.onerror = () => reject(new Error('no WebSocket'))
  }))
  expect(JSON.parse(acknowledged)).toMatchObject({ type: 'connection_ack' })
})
