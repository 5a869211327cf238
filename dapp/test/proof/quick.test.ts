import { describe, expect, it } from 'vitest'
import { ANCHORS } from '../../app/proof/contracts'
import { full, quick } from './check'
import { BATCH } from './golden'
import { ADDRESSES, json, NUMBER, world, type World } from './world'

const changed = (change: (w: World) => void, leafIndex = 1) => {
  const w = world(leafIndex)
  change(w)
  return w
}
const proof = (w: World) => w.record!.proof as { leafIndex: number; treeSize: number; path: string[] }

describe('the quick check', () => {
  it.each([0, 1, 2, 3, 4])('proves record %i of the golden batch', async (leafIndex) => {
    const result = await quick(world(leafIndex))
    expect(result.failure).toBeUndefined()
    expect(result).toMatchObject({ verdict: 'proven', isFinal: true })
    expect(result.steps.map(({ id }) => id)).toEqual(['record', 'leaf', 'path', 'chain', 'final'])
    const values = Object.fromEntries(result.steps.flatMap((step) => step.values.map(({ name, value }) => [name, value])))
    expect(values).toMatchObject({ leaf: BATCH.proofs[leafIndex]!.leaf, computedRoot: BATCH.root, chainRoot: BATCH.root })
  })

  it('takes less than 2 kB and three requests', async () => {
    const w = world()
    const { receivedBytes } = await quick(w)
    expect(receivedBytes).toBeGreaterThan(500)
    expect(receivedBytes).toBeLessThan(2_000)
    expect(w.asked).toEqual(['service POST', 'rpc eth_chainId', 'rpc eth_call'])
  })

  it('says so where the block may still be replaced', async () => {
    const result = await quick(changed((w) => (w.finalized = NUMBER - 1)))
    expect(result).toMatchObject({ verdict: 'proven', isFinal: false })
    expect(result.steps.at(-1)?.note).toBe('notFinal')
    expect(result.receivedBytes).toBeLessThan(2_000)
  })

  it('says that it does not know where the node does not know final blocks', async () => {
    const w = world()
    w.onRpc = ({ method, params }) => {
      const handler = w.onRpc
      w.onRpc = undefined
      try {
        if (method === 'eth_chainId') return json({ jsonrpc: '2.0', id: 1, result: '0x7a69' })
        if ((params as unknown[])[1] === 'finalized') return json({ error: { code: -32602, message: 'unknown block tag' } })
        const { root, digest, count } = w.batches.get(NUMBER)!
        const values = [`0x${root}`, `0x${digest}`, count, 2000, 2900, 2910]
        return json({ jsonrpc: '2.0', id: 1, result: ANCHORS.encodeFunctionResult('batch', [values]) })
      } finally {
        w.onRpc = handler
      }
    }
    expect(await quick(w)).toMatchObject({ failure: 'final finalityUnknown', verdict: 'unchecked', isFinal: false })
  })

  it('compares the record with what the page shows and with what was asked', async () => {
    const good = { powerStatus: 'ON', timestampUnixS: 1_500 } as const
    expect(await quick(world(), { claim: good })).toMatchObject({ verdict: 'proven' })
    const failure = 'record recordClaim'
    expect(await quick(world(), { claim: { ...good, powerStatus: 'OFF' } })).toMatchObject({ failure, verdict: 'notProven' })
    expect(await quick(world(), { claim: { ...good, timestampUnixS: 1_501 } })).toMatchObject({ failure })
    expect(await quick(world(), { question: { sequence: 2 } })).toMatchObject({ failure })
    expect(await quick(world(), { question: { deviceId: 'd-000' } })).toMatchObject({ failure })
    expect(await quick(world(), { question: { batchNumber: 8 } })).toMatchObject({ failure })
    expect(await quick(world(), { question: { batchNumber: NUMBER } })).toMatchObject({ verdict: 'proven' })
  })

  it.each<[name: string, failure: string, verdict: string, change: (w: World) => void]>([
    ['a record spelt otherwise', 'record recordSpelling', 'notProven', (w) => (w.record!.record = ` ${String(w.record!.record)}`)],
    ['a record of another batch', 'chain rootDiffers', 'notProven', (w) => (w.record!.record = String(w.record!.record).replace('1500', '1501'))],
    ['a record that says OFF for ON', 'chain rootDiffers', 'notProven', (w) => (w.record!.record = String(w.record!.record).replace('"ON"', '"OFF"'))],
    ['a signature with a high S', 'record signatureRange', 'notProven', (w) => (w.record!.record = String(w.record!.record).replace(/"device_signature":"[^"]+"/, `"device_signature":"${'_'.repeat(86)}"`))],
    ['a changed sibling', 'chain rootDiffers', 'notProven', (w) => (proof(w).path[1] = '0'.repeat(64))],
    ['a sibling that is no hash', 'record pathForm', 'notProven', (w) => (proof(w).path[1] = 'zz')],
    ['siblings that are no text', 'record pathForm', 'notProven', (w) => (proof(w).path[0] = 7 as never)],
    ['a path too long', 'path pathLength', 'notProven', (w) => proof(w).path.push('0'.repeat(64))],
    ['a path too short', 'path pathLength', 'notProven', (w) => proof(w).path.pop()],
    ['a path without end', 'record pathLength', 'notProven', (w) => (proof(w).path = Array(400).fill('0'.repeat(64)) as string[])],
    ['another place', 'chain rootDiffers', 'notProven', (w) => (proof(w).leafIndex = 2)],
    ['a place outside the tree', 'path pathIndex', 'notProven', (w) => (proof(w).leafIndex = 10)],
    ['a tree of another size with the same path', 'chain sizeDiffers', 'notProven', (w) => (proof(w).treeSize = 9)],
    ['another root on the chain', 'chain rootDiffers', 'notProven', (w) => (w.batches.get(NUMBER)!.root = '1'.repeat(64))],
    ['an empty batch', 'chain emptyBatch', 'notProven', (w) => (w.batches.get(NUMBER)!.count = 0)],
    ['a batch that the chain does not have', 'chain noBatch', 'notAnchored', (w) => w.batches.delete(NUMBER)],
    ['a record that no batch holds', 'record noEvidence', 'notAnchored', (w) => (w.record = null)],
    ['another area', 'chain noBatch', 'notAnchored', (w) => (w.record!.areaId = 'area-2')],
    ['a chain that is another', 'chain wrongChain', 'unchecked', (w) => (w.chainId = 1)],
    ['numbers that are text', 'record badAnswer', 'unchecked', (w) => (w.record!.batchNumber = '7')],
    ['a place below zero', 'record badAnswer', 'unchecked', (w) => (proof(w).leafIndex = -1)],
    ['a place that is no integer', 'record badAnswer', 'unchecked', (w) => (proof(w).leafIndex = 1.5)],
    ['no proof', 'record badAnswer', 'unchecked', (w) => (w.record!.proof = null)],
    ['an area that is a path', 'record badAnswer', 'unchecked', (w) => (w.record!.areaId = '../x')],
  ])('fails at the right step for %s', async (_, failure, verdict, change) => {
    const result = await quick(changed(change))
    expect(result).toMatchObject({ failure, verdict })
    const at = result.steps.findIndex(({ status }) => status === 'failed')
    expect(result.steps.slice(0, at).every(({ status }) => status === 'passed')).toBe(true)
    expect(result.steps.slice(at + 1).every(({ status }) => status === 'skipped')).toBe(true)
  })

  it('names the contract that is not there', async () => {
    const w = world()
    w.onRpc = ({ method }) => json({ jsonrpc: '2.0', id: 1, result: method === 'eth_chainId' ? '0x7a69' : '0x' })
    const result = await quick(w)
    expect(result).toMatchObject({ failure: 'chain noContract', verdict: 'unchecked' })
    expect(result.steps[3]!.error?.values).toEqual({ address: ADDRESSES.anchors })
  })

  it('never goes on to the full check', async () => {
    const w = changed((changedWorld) => (changedWorld.batches.get(NUMBER)!.root = '1'.repeat(64)))
    expect((await full(w, 'block')).steps).toHaveLength(5)
    expect(w.asked).not.toContain('gateway GET')
  })
})
