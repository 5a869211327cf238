import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { parseBatchHeader } from '../../app/proof/batch-header'
import { linesOf } from '../../app/proof/block'
import { toHex, utf8 } from '../../app/proof/bytes'
import { type CellCount, isConsistent } from '../../app/proof/cells'
import { ANCHORS, COMPLAINT, ROSTERS } from '../../app/proof/contracts'
import { leafHash, rootOfLeaves } from '../../app/proof/merkle'
import { cellsOf, checkRows, parseRosterHeader } from '../../app/proof/roster'
import { parseRow, rowLeaf } from '../../app/proof/roster-row'
import { digestOf } from '../../app/proof/sha256'
import { BATCH, FIELDS, ROSTER } from './golden'

/** Other spellings of the same JSON, and texts with a field too many or too few: none may be read. */
function otherSpellings(text: string): string[] {
  const json = JSON.parse(text) as Record<string, unknown>
  const fields = Object.keys(json)
  return [
    JSON.stringify(json, null, 1),
    ` ${text}`,
    `${text}\n`,
    `${text} `,
    JSON.stringify(Object.fromEntries(Object.entries(json).reverse())),
    JSON.stringify({ ...json, zz: 1 }),
    text.replace(/:(\d)/, ':0$1'),
    text.replace(/:(\d+)/, ':$1.0'),
    text.replace(/:(\d+)/, ':-$1'),
    text.replace(/:(\d+)/, ':9007199254740992'),
    text.replace(/"([0-9a-f]{63})([0-9a-f])"/, '"$1G"'),
    text.replace('a', '\\u0061'),
    ...fields.map((field) => JSON.stringify({ ...json, [field]: undefined })),
    ...fields.map((field) => JSON.stringify({ ...json, [field]: null })),
  ].filter((other) => other !== text)
}

const rows = ROSTER.blocks.flatMap((block) => linesOf(utf8(block), '').map(parseRow))

describe('a batch header', () => {
  it('is read as the golden file has it', () => {
    const header = parseBatchHeader(BATCH.header)
    const json = JSON.parse(BATCH.header) as Record<string, unknown>
    expect(header).toEqual({
      areaId: json.area_id,
      batchNumber: json.batch_number,
      blocks: json.blocks,
      cells: json.cells,
      periodEndUnixS: json.period_end,
      periodStartUnixS: json.period_start,
      previousDigest: json.previous_digest,
      provenance: json.provenance,
      publicCount: json.public_count,
      roster: json.roster,
      root: json.root,
      sealedCount: json.sealed_count,
      version: json.version,
    })
    expect(header.root).toBe(BATCH.root)
  })

  it('lists the digests of its blocks', async () => {
    expect(await Promise.all(BATCH.blocks.map((block) => digestOf(utf8(block))))).toEqual(parseBatchHeader(BATCH.header).blocks)
  })

  it('is read in no other spelling', () => {
    const others = otherSpellings(BATCH.header)
    expect(others.length).toBeGreaterThan(30)
    for (const other of others) expect(() => parseBatchHeader(other), other).toThrow(/headerSpelling/)
    expect(parseBatchHeader(FIELDS.batch.header).version).toBe(2)
    for (const version of ['0', '3', '10', '12', '21', '01', '"1"', '']) {
      const other = BATCH.header.replace(/"version":1\}$/, `"version":${version}}`)
      expect(() => parseBatchHeader(other), version).toThrow(/headerSpelling/)
    }
  })

  it('lists at most 1024 blocks', () => {
    const withBlocks = (count: number) =>
      BATCH.header.replace(/"blocks":\[[^\]]*\]/, `"blocks":[${Array(count).fill(`"${BATCH.root}"`).join(',')}]`)
    expect(parseBatchHeader(withBlocks(1024)).blocks).toHaveLength(1024)
    expect(() => parseBatchHeader(withBlocks(1025))).toThrow(/headerSpelling/)
    expect(parseBatchHeader(withBlocks(0)).blocks).toEqual([])
  })
})

describe('a roster', () => {
  it('has the header, rows, binary leaves and root of the golden file', async () => {
    const header = parseRosterHeader(ROSTER.header)
    expect(header).toMatchObject({ areaId: 'area-1', version: 1, root: ROSTER.root, deviceCount: rows.length })
    expect(rows.map((row) => toHex(rowLeaf(row)))).toEqual(ROSTER.binary_leaves)
    expect(toHex(await rootOfLeaves(await Promise.all(rows.map((row) => leafHash(rowLeaf(row))))))).toBe(ROSTER.root)
    expect(() => checkRows(rows)).not.toThrow()
  })

  it('is read in no other spelling', () => {
    for (const other of otherSpellings(ROSTER.header)) {
      expect(() => parseRosterHeader(other), other).toThrow(/rosterSpelling/)
    }
    for (const line of linesOf(utf8(ROSTER.blocks[0]!), '')) {
      for (const other of otherSpellings(line)) {
        // Without a field that only some kinds have, the spelling may be right and the rule is broken.
        expect(() => parseRow(other), other).toThrow(/roster(Spelling|Row)/)
      }
    }
  })

  it('refuses half a position, and a position of a house', () => {
    const line = linesOf(utf8(ROSTER.blocks[0]!), '')[0]!
    expect(() => parseRow(line.replace(/,"longitude_e6":-?\d+/, ''))).toThrow(/rosterSpelling/)
    expect(() => parseRow(line.replace(/,"latitude_e6":-?\d+/, ''))).toThrow(/rosterSpelling/)
    const house = line.replace('{', '{"cell":"c-1",').replace(/"kind":"[a-z]+"/, '"kind":"house"')
    expect(() => parseRow(house)).toThrow(/rosterRow/)
    expect(() => parseRow(line.replace('{', '{"cell":"c-1",'))).toThrow(/rosterRow/)
    expect(() => parseRow(line.replace(/"heartbeat_s":\d+/, '"heartbeat_s":0'))).toThrow(/rosterRow/)
    expect(() => parseRow(line.replace(/"last_sequence":\d+/, '"last_sequence":0'))).toThrow(/rosterRow/)
  })

  it('takes a development device only as one whose readings are generated', () => {
    const line = linesOf(utf8(ROSTER.blocks[0]!), '')[0]!
    const as = (id: string, provenance: string) => () =>
      parseRow(
        line
          .replace(/"device_id":"[^"]+"/, `"device_id":"${id}"`)
          .replace(/"provenance":"[a-z]+"/, `"provenance":"${provenance}"`),
      )
    expect(as('development-1', 'generated')).not.toThrow()
    expect(as('development1', 'live')).not.toThrow()
    for (const provenance of ['live', 'replay']) expect(as('development-1', provenance)).toThrow(/rosterRow/)
  })

  it('keeps the rules between rows', () => {
    expect(() => checkRows([...rows].reverse())).toThrow(/rosterRow/)
    expect(() => checkRows([rows[0]!, rows[0]!])).toThrow(/rosterRow/)
    const houses = rows.filter(({ kind }) => kind === 'house')
    expect(houses).toHaveLength(5)
    expect(() => checkRows(houses.slice(1))).toThrow(/rosterRow/)
    expect(cellsOf(rows)).toEqual([['c-1', 5]])
    expect(cellsOf(rows.map((row) => ({ ...row, removed: 'gone' })))).toEqual([])
  })
})

describe('the counts of a cell', () => {
  /** The table of the protocol, applied to so many houses. */
  function tally(expected: number, on: number, off: number): CellCount {
    const few = (n: number) => n >= 1 && n <= 4
    if (few(on + off)) return { cell: 'c', expected, reporting: 'few', off: 'withheld' }
    return { cell: 'c', expected, reporting: on + off, off: few(off) ? 'few-off' : few(on) ? 'few-on' : off }
  }

  it('are consistent exactly where the table can give them', () => {
    const MOST = 14
    const possible = new Set<string>()
    const key = ({ expected, reporting, off }: CellCount) => [expected, reporting, off].join(' ')
    for (let expected = 5; expected <= MOST; expected++) {
      for (let on = 0; on <= expected; on++) {
        for (let off = 0; on + off <= expected; off++) possible.add(key(tally(expected, on, off)))
      }
    }
    const numbers = Array.from({ length: MOST + 2 }, (_, n) => n)
    for (const expected of numbers.filter((n) => n >= 5 && n <= MOST)) {
      for (const reporting of [...numbers, 'few'] as const) {
        for (const off of [...numbers, 'few-off', 'few-on', 'withheld'] as const) {
          const count: CellCount = { cell: 'c', expected, reporting, off }
          expect(isConsistent(count), key(count)).toBe(possible.has(key(count)))
        }
      }
    }
  })
})

describe('a block', () => {
  it('is lines, each ended by a line feed', () => {
    expect(linesOf(utf8('a\nb\n'), 'cid')).toEqual(['a', 'b'])
    for (const bytes of [utf8(''), utf8('a'), utf8('a\nb'), new Uint8Array(262_145).fill(10)]) {
      expect(() => linesOf(bytes, 'cid')).toThrow(/blockForm/)
    }
  })
})

describe('what is read of the contracts', () => {
  const source = ['IAnchors', 'IRosters', 'IComplaints'].map((name) =>
    readFileSync(new URL(`../../../contracts/src/interfaces/${name}.sol`, import.meta.url), 'utf8'),
  )
  const solidity = source.join('\n').replace(/\/\/.*$/gm, '').replace(/\s+/g, ' ')

  /** The fields of a struct, as ethers writes out a tuple. */
  const structs = new Map(
    [...solidity.matchAll(/struct (\w+) \{ ([^}]*)\}/g)].map(([, name, fields]) => [
      name!,
      `(${fields!.trim().replace(/;$/, '').replace(/; /g, ', ').replace(/;/g, '')})`,
    ]),
  )
  const signature = (kind: string, name: string) => {
    const found = new RegExp(`${kind} ${name}\\(([^)]*)\\)([^;]*);`).exec(solidity)
    if (!found) throw new Error(`${kind} ${name} is not in the interfaces`)
    const returned = /returns \((.*)\)/.exec(found[2]!)?.[1]?.replace(/ memory/g, '') ?? ''
    const outputs = returned.replace(/\b[A-Z]\w+\b/g, (struct) => structs.get(struct) ?? struct).replace(/\b(Stage|Act)\b/g, 'uint8')
    return { inputs: found[1]!, outputs }
  }

  it.each([
    ...['batch', 'uri', 'place'].map((name) => [ANCHORS, name] as const),
    ...['inForce'].map((name) => [ROSTERS, name] as const),
    ...['complaint'].map((name) => [COMPLAINT, name] as const),
  ])('is in their interfaces: %#', (abi, name) => {
    const fragment = abi.getFunction(name)!
    const { inputs, outputs } = signature('function', name)
    const types = (params: typeof fragment.inputs) => params.map((param) => param.format('full').replace(/,(?=\S)/g, ', '))
    expect(types(fragment.inputs).join(', ')).toBe(inputs)
    // The names of what is returned are for readers; the struct's fields and all types must be the same.
    const bare = (text: string) => text.replace(/\) \w+/g, ')').replace(/(uint64) version/g, '$1')
    expect(bare(types(fragment.outputs).join(', '))).toBe(bare(outputs))
  })

  it.each(['NoBatch', 'EmptyBatch'])('knows the error %s', (name) => {
    const inputs = ANCHORS.getError(name)!.inputs.map((param) => param.format('full'))
    expect(inputs.join(', ')).toBe(signature('error', name).inputs)
  })
})
