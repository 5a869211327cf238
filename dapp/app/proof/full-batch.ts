// The steps of a full check that are about the batch: its header, its blocks, the record's line, order and root.
import { linesOf } from './block'
import { asciiText, toHex } from './bytes'
import { parseBatchHeader } from './batch-header'
import { cidOf } from './cid'
import { mapConcurrently } from './concurrent'
import { ProofError } from './error'
import type { FullCheck, FullRun } from './full'
import { isContradicted, readLeaves } from './leaves'
import { MAX_BATCH_BYTES, MAX_BLOCK_BYTES, MAX_HEADER_BYTES } from './limits'
import { rootOfLeaves } from './merkle'
import { previousBatch } from './previous'
import { versionOf } from './record'

/** The header block has the digest that the chain holds, under the link that the chain gives, in the one spelling. */
const header: FullCheck = async (run, show) => {
  const { evidence, anchor, tag } = run.quick
  const uri = `ipfs://${cidOf(anchor.digest)}`
  show('chainDigest', anchor.digest, 'hash')
  show('headerCid', cidOf(anchor.digest), 'hash')
  const found = await run.sources.chain.uri(evidence.areaId, evidence.batchNumber, tag)
  if (found !== uri) throw new ProofError('linkDiffers', { chain: found.slice(0, 100), expected: uri })
  const bytes = await run.sources.gateway.block(anchor.digest, MAX_HEADER_BYTES)
  run.spend(bytes.length)
  show('fetched', bytes.length, 'bytes')
  run.header = parseBatchHeader(asciiText(bytes))
}

/** The header says of the batch what the chain says. */
const agrees: FullCheck = async (run, show) => {
  const { header: h } = run
  const { evidence, anchor } = run.quick
  const fields: [field: string, header: string | number, chain: string | number][] = [
    ['area_id', h.areaId, evidence.areaId],
    ['batch_number', h.batchNumber, evidence.batchNumber],
    ['period_start', h.periodStartUnixS, anchor.periodStartUnixS],
    ['period_end', h.periodEndUnixS, anchor.periodEndUnixS],
    ['root', h.root, anchor.root],
    ['count', h.publicCount + h.sealedCount, anchor.count],
  ]
  show('areaId', h.areaId)
  show('batchNumber', h.batchNumber)
  show('periodStart', h.periodStartUnixS, 'time')
  show('periodEnd', h.periodEndUnixS, 'time')
  show('root', h.root, 'hash')
  show('publicCount', h.publicCount)
  show('sealedCount', h.sealedCount)
  for (const [field, header, chain] of fields) {
    if (header !== chain) throw new ProofError('headerDiffers', { field, header, chain })
  }
}

/** The header names the digest of the area's last batch before that was not empty. */
const previous: FullCheck = async (run, show) => {
  const { evidence, tag } = run.quick
  const before = await previousBatch(run.sources.chain, evidence.areaId, evidence.batchNumber, tag)
  if (before.number !== undefined) show('previousNumber', before.number)
  show('previousDigest', run.header.previousDigest, 'hash')
  if (before.digest !== run.header.previousDigest) {
    throw new ProofError('previousDiffers', { header: run.header.previousDigest, chain: before.digest })
  }
}

async function fetchLines(run: FullRun, digest: string): Promise<string[]> {
  const bytes = await run.sources.gateway.block(digest, MAX_BLOCK_BYTES)
  run.spend(bytes.length)
  return linesOf(bytes, cidOf(digest))
}

/** The block that holds the record is one that the header lists, and has its digest. */
const block: FullCheck = async (run, show) => {
  const digest = run.layout.blockDigest
  if (digest === undefined) throw new ProofError('blockUnknown')
  show('blockCid', cidOf(digest), 'hash')
  const position = run.header.blocks.indexOf(digest)
  if (position < 0) throw new ProofError('blockNotListed', { cid: cidOf(digest) })
  show('blockPosition', position + 1)
  show('blockCount', run.header.blocks.length)
  run.lines = await fetchLines(run, digest)
  show('lines', run.lines.length)
}

/** Every block that the header lists has its digest. */
const blocks: FullCheck = async (run, show) => {
  const listed = run.header.blocks
  show('blockCount', listed.length)
  let total = 0
  const all = await mapConcurrently(listed, async (digest) => {
    const lines = await fetchLines(run, digest)
    total += lines.reduce((bytes, line) => bytes + line.length + 1, 0)
    if (total > MAX_BATCH_BYTES) throw new ProofError('batchTooLarge', { limit: MAX_BATCH_BYTES })
    return lines
  })
  run.lines = all.flat()
  show('fetched', total, 'bytes')
  show('lines', run.lines.length)
}

/** The record stands where it is said to stand: in its line of the block, or at its leaf index of the batch. */
const line: FullCheck = async (run, show) => {
  const { evidence } = run.quick
  const number = run.mode === 'all' ? evidence.leafIndex + 1 : run.layout.blockLine
  show('line', number)
  const found = run.lines[number - 1]
  show('lineText', (found ?? '').slice(0, 500), 'code')
  if (found !== evidence.record) throw new ProofError('lineDiffers', { line: number })
}

/** Every line is a record or a sealed leaf in its one spelling, and each is above the one before it. */
const order: FullCheck = async (run, show) => {
  run.leaves = await readLeaves(run.lines)
  show('records', run.leaves.records.length)
  if (run.mode === 'all') show('sealedCount', run.leaves.sealed.length)
  checkVersion(run)
  return isContradicted(run.leaves, run.quick.record) ? 'contradicted' : undefined
}

/** The header's version is the first that has all fields of the records, as far as they were fetched. */
function checkVersion({ mode, header, leaves }: FullRun): void {
  const needed = Math.max(1, ...leaves.records.map(({ record }) => versionOf(record)))
  if (header.version < needed || (mode === 'all' && header.version > needed)) {
    throw new ProofError('headerDiffers', { field: 'version', header: header.version, chain: needed })
  }
}

/** The root over all leaves is the chain's, and they are as many as counted. */
const tree: FullCheck = async (run, show) => {
  const { records, sealed } = run.leaves
  const counts: [kind: string, counted: number, found: number][] = [
    ['public', run.header.publicCount, records.length],
    ['sealed', run.header.sealedCount, sealed.length],
  ]
  for (const [kind, counted, found] of counts) {
    if (counted !== found) throw new ProofError('countDiffers', { kind, counted, found })
  }
  const root = toHex(await rootOfLeaves([...records.map(({ leaf }) => leaf), ...sealed]))
  show('leaves', records.length + sealed.length)
  show('computedRoot', root, 'hash')
  show('chainRoot', run.quick.anchor.root, 'hash')
  if (root !== run.quick.anchor.root) throw new ProofError('treeDiffers', { computed: root, chain: run.quick.anchor.root })
}

export const BATCH_CHECKS = { header, agrees, previous, block, blocks, line, order, tree }
