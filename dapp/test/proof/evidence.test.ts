// Evidence of a complaint: its one spelling, by the golden file of the protocol, and what is found where it does not hold.
import { describe, expect, it } from 'vitest'
import { utf8 } from '../../app/proof/bytes'
import { cidOf } from '../../app/proof/cid'
import { type Filed, planEvidence } from '../../app/proof/evidence'
import { parseEvidence } from '../../app/proof/evidence-block'
import { ProofError } from '../../app/proof/error'
import { digestOf } from '../../app/proof/sha256'
import { runSteps } from '../../app/proof/steps'
import { verdictOf } from '../../app/proof/verdict'
import { COMPLAINT, ROSTER } from './golden'
import { AREA, COMPLAINT_ID, COMPLAINTS, NUMBER, publish, publishRoster, sourcesOf, world, type World } from './world'

const { block, digest } = COMPLAINT.evidence

const filed = (change: Partial<Filed> = {}): Filed => ({
  id: COMPLAINT_ID, areaId: AREA, siteId: '', feederId: 'f-1', digest, hash: () => COMPLAINT_ID, contract: COMPLAINTS, ...change,
})

/** A world that has the evidence on IPFS. */
function withEvidence(change: (w: World) => void = () => {}): World {
  const w = world()
  w.blocks.set(cidOf(digest), utf8(block))
  change(w)
  return w
}

async function check(w: World, what = filed()) {
  const { steps, block: read } = planEvidence(what, sourcesOf(w))
  const done = await runSteps(steps, () => {})
  const { kind, isFinal, failed } = verdictOf(done)
  return { kind, isFinal, failure: failed && `${failed.id} ${failed.error?.key}`, records: read()?.records.length }
}

/** The same with another block in its place, filed with its own digest. */
async function checkAltered(from: string | RegExp, to: string) {
  const altered = block.replace(from, to)
  expect(altered).not.toBe(block)
  const w = world()
  return check(w, filed({ digest: await publish(w, altered) }))
}

describe('a block of evidence', () => {
  it('is read as the golden file has it', async () => {
    const evidence = parseEvidence(block)
    expect(await digestOf(utf8(block))).toBe(digest)
    expect(evidence).toMatchObject({ areaId: AREA, fromUnixS: 1_900, toUnixS: 2_900 })
    expect(evidence.records.map(({ batchNumber, record }) => [batchNumber, record.deviceId, record.sequence])).toEqual([[7, 'd-000', 1], [7, 'd-001', 1], [7, 'd-002', 40]])
    expect(evidence.devices).toContainEqual({ deviceId: 'd-002', expected: 96, received: 90 })
  })
  it.each(COMPLAINT.refused_evidence)('is refused as in the golden file: %s', (other) => {
    expect(() => parseEvidence(other)).toThrow(ProofError)
  })
  it('is refused with any end cut off, and where it is longer than a block', () => {
    for (let end = 0; end < block.length; end += 7) expect(() => parseEvidence(block.slice(0, end))).toThrow(ProofError)
    expect(() => parseEvidence(' '.repeat(262_145))).toThrow(ProofError)
  })
})

describe('the check of evidence', () => {
  it('proves every record from chain and IPFS, without the service', async () => {
    const w = withEvidence()
    expect(await check(w)).toEqual({ kind: 'proven', isFinal: true, failure: undefined, records: 3 })
    expect(w.asked.filter((one) => one.startsWith('service'))).toEqual([])
    // One list of devices for all records.
    expect(w.asked.filter((one) => one.startsWith('gateway')).length).toBe(3)
  })
  it('says so where a block may still be replaced', async () => {
    expect(await check(withEvidence((w) => (w.finalized = NUMBER - 1)))).toMatchObject({ kind: 'proven', isFinal: false })
  })
  it('is of this complaint', async () => {
    expect(await check(withEvidence(), filed({ hash: () => `0x${'78'.repeat(32)}` }))).toMatchObject({ kind: 'notProven', failure: 'filing filingDiffers' })
    const other = `0x${'79'.repeat(32)}`
    expect(await check(withEvidence(), filed({ id: other, hash: () => other }))).toMatchObject({ kind: 'notAnchored', failure: 'filing noComplaint' })
    expect(await check(withEvidence(), filed({ areaId: 'area-2' }))).toMatchObject({ failure: 'evidence evidenceArea' })
    expect(await check(withEvidence(), filed({ feederId: 'f-2' }))).toMatchObject({ kind: 'notProven', failure: 'evidenceDevices evidencePlace' })
    expect(await check(withEvidence(), filed({ siteId: 's-d-000' }))).toMatchObject({ failure: 'evidenceDevices evidencePlace' })
  })
  it('says that nothing is known where the block cannot be had, and what is wrong where it is another', async () => {
    expect(await check(world())).toMatchObject({ kind: 'unchecked', failure: 'evidence status' })
    expect(await check(withEvidence((w) => w.blocks.set(cidOf(digest), utf8(`${block} `))))).toMatchObject({ kind: 'notProven', failure: 'evidence blockBytes' })
  })
  it.each([
    ['"batch_number":7', '"batch_number":8', 'notAnchored', 'evidenceRoots noBatch'],
    ['"leaf_index":0', '"leaf_index":1', 'notProven', 'evidenceRoots rootDiffers'],
    [/"tree_size":\d+/, '"tree_size":5', 'notProven', 'evidenceRoots pathLength'],
    ['"power_status":"ON"', '"power_status":"OFF"', 'notProven', 'evidenceRoots rootDiffers'],
    ['"from":1900', '"from":1901 ', 'notProven', 'evidence evidenceSpelling'],
    [/"records":\[.*\],"to"/, '"records":[],"to"', 'unchecked', 'evidence evidenceEmpty'],
  ])('finds %s changed to %s', async (from, to, kind, failure) => {
    expect(await checkAltered(from, to)).toMatchObject({ kind, failure })
  })
  it('takes keys from the list in force alone', async () => {
    const w = withEvidence()
    // Another key for the first device: its record is no longer signed by whom the list names.
    const [first, second] = ROSTER.blocks[0]!.split('\n').map((line) => (JSON.parse(line || '{}') as { public_key: string }).public_key)
    await publishRoster(w, [ROSTER.blocks[0]!.replace(first!, second!), ...ROSTER.blocks.slice(1)])
    expect(await check(w)).toMatchObject({ kind: 'notProven', failure: 'evidenceSigned signatureWrong' })
    expect(await check(withEvidence((w) => (w.roster = undefined)))).toMatchObject({ failure: 'evidenceDevices noRoster' })
  })
})
