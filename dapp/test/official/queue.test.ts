// A queue of an area, page by page, from a service that is a server here.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { makeTextBlock } from '../../app/complaint/text'

const asked: { first: number; after: string | null; text: string }[] = []
let total = 0
let block = ''
let digest = ''
const id = (n: number) => `0x${n.toString(16).padStart(64, '0')}`
const server = createServer((request, response) => {
  let body = ''
  request.on('data', (part) => (body += part)).on('end', () => {
    const { query, variables } = JSON.parse(body)
    asked.push({ ...variables, text: query })
    const from = Number(variables.after ?? 0)
    const to = Math.min(total, from + variables.first)
    const items = Array.from({ length: to - from }, (_, i) => ({ id: id(from + i), textDigest: digest, text: { block: (from + i) % 2 ? block.replace('dark', 'lit') : block } }))
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify({ data: { complaints: { items, hasMore: to < total, endCursor: String(to) } } }))
  })
})
let url = ''
vi.mock('../../app/api/service', () => ({ serviceUrl: (path: string) => `${url}/${path}` }))
const { areaQueue, MAX_COUNTED, MAX_QUEUE } = await import('../../app/official/queue')

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const made = await makeTextBlock('It is dark.')
  block = made.block
  digest = made.digest.slice(2)
})
afterAll(() => server.close())
beforeEach(() => void (asked.length = 0))

describe('a queue', () => {
  it('of 150 is read to its end, by what is due first', async () => {
    total = 150
    const { items, more, isMore } = await areaQueue('a', ['FILED'])
    expect([items.length, more, isMore]).toEqual([150, 0, false])
    expect(new Set(items.map((item) => item.id)).size).toBe(150)
    expect(asked.map(({ first, after }) => [first, after])).toEqual([[100, null], [100, '100']])
    expect(asked.every(({ text }) => text.includes('order:FIRST_DUE'))).toBe(true)
  })
  it('shows words only where they are what was filed', async () => {
    total = 2
    expect((await areaQueue('a', undefined)).items.map(({ words }) => words)).toEqual(['It is dark.', null])
  })
  it('past its bound says how many more there are, and stops counting at the second one', async () => {
    total = MAX_QUEUE + 700
    expect(await areaQueue('a', undefined)).toMatchObject({ more: 700, isMore: false, items: { length: MAX_QUEUE } })
    total = MAX_QUEUE + MAX_COUNTED + 1
    expect(await areaQueue('a', undefined)).toMatchObject({ more: MAX_COUNTED, isMore: true })
  })
})
