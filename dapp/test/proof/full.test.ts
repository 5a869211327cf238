import { describe, expect, it } from 'vitest'
import { cidOf } from '../../app/proof/cid'
import { ALL_STEPS, BLOCK_STEPS, QUICK_STEPS } from '../../app/proof/steps'
import type { FullMode } from '../../app/proof/full'
import { full } from './check'
import { BATCH, FIELDS, ROSTER } from './golden'
import { anchorBlocks, anchorHeader, flipped, NUMBER, publishRoster, world, type World } from './world'

const MODES: FullMode[] = ['block', 'all']
const [RECORD_BLOCK, SEALED_BLOCK] = BATCH.blocks as [string, string]
const ROSTER_LINES = ROSTER.blocks[0]!.trimEnd().split('\n')
const asBlock = (lines: string[]) => lines.map((line) => `${line}\n`).join('')
const records = RECORD_BLOCK.trimEnd().split('\n')
const sealed = SEALED_BLOCK.trimEnd().split('\n')
const keyOf = (line: string) => /"public_key":"([0-9a-f]+)"/.exec(line)![1]!
/** The roster with another key in the row at `index`. */
const rekeyed = (index: number, key: string) =>
  ROSTER_LINES.map((line, i) => (i === index ? line.replace(/"public_key":"[0-9a-f]+"/, `"public_key":"${key}"`) : line))

describe('the full check', () => {
  it.each(MODES)('proves every record of the golden batch, by %s', async (mode) => {
    for (const leafIndex of records.keys()) {
      const result = await full(world(leafIndex), mode)
      expect(result.failure).toBeUndefined()
      expect(result).toMatchObject({ verdict: 'proven', isFinal: true })
      expect(result.steps.map(({ id }) => id)).toEqual([...QUICK_STEPS, ...(mode === 'all' ? ALL_STEPS : BLOCK_STEPS)])
      const order = result.steps.find(({ id }) => id === 'order')
      // The golden device d-001 stated two things under sequence 2.
      expect(order?.note).toBe(leafIndex === 2 || leafIndex === 3 ? 'contradicted' : undefined)
    }
  })

  it.each(MODES)('proves every record of the golden batch of version 2, by %s', async (mode) => {
    for (const leafIndex of FIELDS.batch.blocks[0]!.trimEnd().split('\n').keys()) {
      const result = await full(world(leafIndex, FIELDS.batch), mode)
      expect(result.failure).toBeUndefined()
      expect(result).toMatchObject({ verdict: 'proven', isFinal: true })
    }
  })

  it.each(MODES)('refuses version 1 with a field of version 2, by %s', async (mode) => {
    const w = world(0, FIELDS.batch)
    await anchorHeader(w, () => FIELDS.batch.header.replace(/"version":2\}$/, '"version":1}'))
    expect(await full(w, mode)).toMatchObject({ verdict: 'notProven', failure: 'order headerDiffers' })
  })

  it('refuses version 2 without such a field, where it sees all records', async () => {
    const w = world()
    await anchorHeader(w, (header) => ({ ...header, version: 2 }))
    expect(await full(w, 'block')).toMatchObject({ verdict: 'proven' })
    expect(await full(w, 'all')).toMatchObject({ verdict: 'notProven', failure: 'order headerDiffers' })
  })

  it('fetches one block of records, or all of them', async () => {
    const count = async (mode: FullMode) => {
      const w = world()
      await full(w, mode)
      return w.asked.filter((one) => one === 'gateway GET').length
    }
    // Header, record block, roster header, roster block; and the sealed block.
    expect(await count('block')).toBe(4)
    expect(await count('all')).toBe(5)
  })

  it('proves a batch whose roster has several blocks, wherever the device stands', async () => {
    const cuts = ROSTER_LINES.map((line) => asBlock([line]))
    for (const leafIndex of records.keys()) {
      const w = world(leafIndex)
      await publishRoster(w, cuts)
      expect(await full(w, 'block')).toMatchObject({ verdict: 'proven' })
      expect(await full(w, 'all')).toMatchObject({ verdict: 'proven' })
    }
  })

  it('proves a batch whose records lie in several blocks', async () => {
    const w = world(4)
    await anchorBlocks(w, [asBlock(records.slice(0, 3)), asBlock(records.slice(3)), SEALED_BLOCK])
    const layout = w.layout as { record: { blockCid: string; blockLine: number }; batch: { blockUris: string[] } }
    layout.record = { blockCid: layout.batch.blockUris[1]!, blockLine: 2 }
    expect(await full(w, 'block')).toMatchObject({ verdict: 'proven' })
    expect(await full(w, 'all')).toMatchObject({ verdict: 'proven' })
  })

  it('proves the first batch of an area, which names no other', async () => {
    const w = world()
    w.batches.delete(4)
    w.since = 5
    await anchorHeader(w, (header) => ({ ...header, previous_digest: '0'.repeat(64) }))
    expect(await full(w, 'block')).toMatchObject({ verdict: 'proven' })
    w.since = NUMBER
    expect(await full(w, 'block')).toMatchObject({ verdict: 'proven' })
  })
})

type Change = (w: World) => void | Promise<void>
const golden = (digest: string) => cidOf(digest)
const blockDigests = (JSON.parse(BATCH.header) as { blocks: string[] }).blocks
const rosterDigests = (JSON.parse(ROSTER.header) as { blocks: string[] }).blocks
const flip = (w: World, cid: string, at: number) => w.blocks.set(cid, flipped(w.blocks.get(cid)!, at))

const BOTH: [name: string, failure: string, verdict: string, change: Change][] = [
  ['one changed byte in the header', 'header blockBytes', 'notProven', (w) => flip(w, BATCH.cid, 20)],
  ['a header that is missing', 'header status', 'unchecked', (w) => w.blocks.delete(BATCH.cid)],
  ['a link to another header on the chain', 'header linkDiffers', 'notProven', (w) => void (w.link = `ipfs://${ROSTER.cid}`)],
  ['a header in another spelling', 'header headerSpelling', 'notProven', (w) => anchorHeader(w, (h) => JSON.stringify(h, null, 1))],
  ['a header of another area', 'agrees headerDiffers', 'notProven', (w) => anchorHeader(w, (h) => ({ ...h, area_id: 'area-2' }))],
  ['a header of another number', 'agrees headerDiffers', 'notProven', (w) => anchorHeader(w, (h) => ({ ...h, batch_number: 8 }))],
  ['a header of another period', 'agrees headerDiffers', 'notProven', (w) => anchorHeader(w, (h) => ({ ...h, period_end: 2901 }))],
  ['a header that begins elsewhere', 'agrees headerDiffers', 'notProven', (w) => anchorHeader(w, (h) => ({ ...h, period_start: 2001 }))],
  ['a header with another root', 'agrees headerDiffers', 'notProven', (w) => anchorHeader(w, (h) => ({ ...h, root: '0'.repeat(64) }))],
  ['a header with another count', 'agrees headerDiffers', 'notProven', (w) => anchorHeader(w, (h) => ({ ...h, sealed_count: 6 }))],
  ['a header that names another batch before', 'previous previousDiffers', 'notProven', (w) => anchorHeader(w, (h) => ({ ...h, previous_digest: '1'.repeat(64) }))],
  ['a batch before that is not empty', 'previous previousDiffers', 'notProven', (w) => void Object.assign(w.batches.get(6)!, { count: 1, digest: '5'.repeat(64) })],
  ['a header that names another roster', 'roster rosterUsed', 'notProven', (w) => anchorHeader(w, (h) => ({ ...h, roster: { digest: '1'.repeat(64), version: 1 } }))],
  ['a header that names another version', 'roster rosterUsed', 'notProven', (w) => anchorHeader(w, (h) => ({ ...h, roster: { digest: ROSTER.digest, version: 2 } }))],
  ['an area without a roster then', 'roster noRoster', 'notProven', (w) => void (w.roster!.effectiveFrom = 2_001)],
  ['one changed byte in the roster header', 'rosterHeader blockBytes', 'notProven', (w) => flip(w, ROSTER.cid, 0)],
  ['a roster of another count', 'rosterHeader rosterDiffers', 'notProven', (w) => void (w.roster!.devices = 9)],
  ['a roster of another root', 'rosterHeader rosterDiffers', 'notProven', (w) => void (w.roster!.root = '4'.repeat(64))],
  ['a roster of another time', 'rosterHeader rosterDiffers', 'notProven', (w) => void (w.roster!.effectiveFrom = 999)],
  ['a roster of another area', 'rosterHeader rosterDiffers', 'notProven', (w) => publishRoster(w, ROSTER.blocks, { area_id: 'area-2' })],
  ['a roster in another spelling', 'rosterHeader rosterSpelling', 'notProven', (w) => publishRoster(w, ROSTER.blocks, { zz: 1 })],
  ['one changed byte in the roster', 'device blockBytes', 'notProven', (w) => flip(w, golden(rosterDigests[0]!), 900)],
  ['a roster without the device', 'device deviceMissing', 'notProven', (w) => publishRoster(w, [asBlock(ROSTER_LINES.filter((_, i) => i !== 1))])],
  ['a device whose sequences are over', 'device deviceSequence', 'notProven', (w) => publishRoster(w, [ROSTER.blocks[0]!.replace(/("device_id":"d-001".*?"first_sequence":)1/, '$15')])],
  ['a device that is a house', 'device deviceHouse', 'notProven', (w) => publishRoster(w, [asBlock(ROSTER_LINES.map((line, i) => (i === 1 ? line.replace('{', '{"cell":"c-1",').replace('"street"', '"house"').replace(/,"l(at|ong)itude_e6":-?\d+/g, '') : line)))])],
  ['a key that is not on the curve', 'signature deviceKey', 'notProven', (w) => publishRoster(w, [asBlock(rekeyed(1, `04${'1'.repeat(128)}`))])],
  ['another key in the roster', 'signature signatureWrong', 'notProven', (w) => publishRoster(w, [asBlock(rekeyed(1, keyOf(ROSTER_LINES[2]!)))])],
]

const BLOCK_ONLY: typeof BOTH = [
  ['one changed byte in the record block', 'block blockBytes', 'notProven', (w) => flip(w, golden(blockDigests[0]!), 5)],
  ['a record block that is missing', 'block status', 'unchecked', (w) => w.blocks.delete(golden(blockDigests[0]!))],
  ['a block that the header does not list', 'block blockNotListed', 'notProven', (w) => void ((w.layout.record as { blockCid: string }).blockCid = cidOf('3'.repeat(64)))],
  ['a service that names no block', 'block blockUnknown', 'unchecked', (w) => void ((w.layout.record as { blockCid: string }).blockCid = 'Qm')],
  ['another line', 'line lineDiffers', 'notProven', (w) => void ((w.layout.record as { blockLine: number }).blockLine = 1)],
  ['line 0', 'line lineDiffers', 'notProven', (w) => void ((w.layout.record as { blockLine: number }).blockLine = 0)],
  ['a line after the last', 'line lineDiffers', 'notProven', (w) => void ((w.layout.record as { blockLine: number }).blockLine = 99)],
  ['a block that is not made of lines', 'block blockForm', 'notProven', (w) => anchorBlocks(w, [RECORD_BLOCK.trimEnd(), SEALED_BLOCK])],
]

const ALL_ONLY: typeof BOTH = [
  ['one changed byte in the sealed block', 'blocks blockBytes', 'notProven', (w) => flip(w, golden(blockDigests[1]!), 5)],
  ['a sealed block that is missing', 'blocks status', 'unchecked', (w) => w.blocks.delete(golden(blockDigests[1]!))],
  ['records in another order', 'order order', 'notProven', (w) => anchorBlocks(w, [asBlock([...records.slice(0, 3), records[4]!, records[3]!]), SEALED_BLOCK])],
  ['a record twice', 'order order', 'notProven', (w) => anchorBlocks(w, [asBlock([...records, records[4]!]), SEALED_BLOCK])],
  ['sealed leaves in another order', 'order order', 'notProven', (w) => anchorBlocks(w, [RECORD_BLOCK, asBlock([...sealed].reverse())])],
  ['a record after a sealed leaf', 'order order', 'notProven', (w) => anchorBlocks(w, [asBlock(records.slice(0, 4)), asBlock([sealed[0]!, records[4]!, ...sealed.slice(1)])])],
  ['a line that is no record', 'order lineSpelling', 'notProven', (w) => anchorBlocks(w, [asBlock([...records.slice(0, 4), `${records[4]!} `]), SEALED_BLOCK])],
  ['a line that is no leaf', 'order lineSpelling', 'notProven', (w) => anchorBlocks(w, [RECORD_BLOCK, asBlock([...sealed, 'f00'])])],
  ['an empty line', 'order lineSpelling', 'notProven', (w) => anchorBlocks(w, [RECORD_BLOCK, `${SEALED_BLOCK}\n`])],
  ['a leaf that is missing', 'tree countDiffers', 'notProven', (w) => anchorBlocks(w, [RECORD_BLOCK, asBlock(sealed.slice(1))])],
  ['another leaf', 'tree treeDiffers', 'notProven', (w) => anchorBlocks(w, [RECORD_BLOCK, asBlock([...sealed.slice(0, 4), 'f'.repeat(64)])])],
  ['another place than in the tree', 'line lineDiffers', 'notProven', (w) => anchorBlocks(w, [asBlock([records[1]!, records[0]!, ...records.slice(2)]), SEALED_BLOCK])],
  ['rows in another order', 'device rosterRow', 'notProven', (w) => publishRoster(w, [asBlock([...ROSTER_LINES].reverse())])],
  ['a cell of four', 'device rosterRow', 'notProven', (w) => publishRoster(w, [asBlock(ROSTER_LINES.slice(0, 7))])],
  ['a record of a key that is not the roster\'s', 'records recordsWrong', 'notProven', (w) => publishRoster(w, [asBlock(rekeyed(2, keyOf(ROSTER_LINES[0]!)))])],
  ['a record of a device that is not enrolled', 'records deviceMissing', 'notProven', (w) => publishRoster(w, [asBlock(ROSTER_LINES.filter((_, i) => i !== 2))])],
  ['a cell that the roster does not have', 'cells cellsDiffer', 'notProven', (w) => anchorHeader(w, (h) => ({ ...h, cells: [{ cell: 'c-2', expected: 5, off: 0, reporting: 5 }] }))],
  ['a count that tells of one house', 'cells cellsDiffer', 'notProven', (w) => anchorHeader(w, (h) => ({ ...h, cells: [{ cell: 'c-1', expected: 5, off: 1, reporting: 5 }] }))],
  ['a cell left out', 'cells cellsDiffer', 'notProven', (w) => anchorHeader(w, (h) => ({ ...h, cells: [] }))],
  ['a provenance nearer to news', 'cells headerDiffers', 'notProven', (w) => anchorHeader(w, (h) => ({ ...h, provenance: 'live' }))],
]

describe('the full check fails at the right step', () => {
  const cases = [
    ...BOTH.flatMap((one) => MODES.map((mode) => [mode, ...one] as const)),
    ...BLOCK_ONLY.map((one) => ['block' as const, ...one] as const),
    ...ALL_ONLY.map((one) => ['all' as const, ...one] as const),
  ]
  it.each(cases)('by %s: %s', async (mode, _, failure, verdict, change) => {
    const w = world()
    await change(w)
    const result = await full(w, mode)
    expect(result).toMatchObject({ failure, verdict })
    expect(result.steps.filter(({ status }) => status === 'failed')).toHaveLength(1)
  })

  it('where no batch before is found within the limit', async () => {
    const w = world()
    w.since = 0
    w.batches = new Map([...w.batches].map(([number, batch]) => [number + 400, batch]))
    w.batches.delete(404)
    for (let number = 0; number < 405; number++) w.batches.set(number, { ...w.batches.get(405)! })
    w.record!.batchNumber = 407
    w.finalized = 407
    await anchorHeader(w, (h) => ({ ...h, batch_number: 407 }), 407)
    expect(await full(w, 'block')).toMatchObject({ failure: 'previous previousTooFar', verdict: 'unchecked' })
    expect(w.asked.length).toBeLessThan(300)
  })

  it('where more comes than was told', async () => {
    const w = world()
    // The roster's rows, over and over: right by their digest, and far more than the reader agreed to.
    const big = asBlock(Array.from({ length: 500 }, (_, i) => ROSTER_LINES[0]!.replace('d-000', `d-000-${String(i).padStart(4, '0')}`)))
    await publishRoster(w, [big, ROSTER.blocks[0]!])
    expect(await full(w, 'all', 5_000)).toMatchObject({ failure: 'device moreThanTold', verdict: 'unchecked' })
    expect(await full(w, 'all')).toMatchObject({ failure: 'device rosterRow' })
  })
})

describe('the size of a full check', () => {
  it('is near what is fetched', async () => {
    for (const mode of MODES) {
      const w = world()
      const before = await full(w, mode)
      const told = before.receivedBytes
      // What was told holds even without what is taken beyond it.
      expect(await full(world(), mode, told)).toMatchObject({ verdict: 'proven' })
      expect(told).toBeLessThan(12_000)
    }
  })

  it('is an upper bound where the gateway does not tell lengths', async () => {
    const w = world()
    w.onGateway = ({ isHead }, url) =>
      isHead ? new Response(null, { status: 405 }) : new Response(w.blocks.get(url.pathname.split('/').at(-1)!))
    expect(await full(w, 'block')).toMatchObject({ verdict: 'proven' })
    expect(await full(w, 'all')).toMatchObject({ verdict: 'proven' })
  })
})
