// Counts of houses by cells (docs/protocol.md, Cells). They are the relayer's claim; what can be checked is that they
// could have come from the cells of the roster by the rule of five.
import type { Cursor } from './cursor'
import { NAME } from './cursor'
import { MIN_CELL } from './limits'

/** One entry of a batch's `cells`. */
export interface CellCount {
  cell: string
  expected: number
  off: number | 'few-off' | 'few-on' | 'withheld'
  reporting: number | 'few'
}

export function readCell(c: Cursor): CellCount {
  c.literal('{"cell":"')
  const cell = c.string(NAME, 'cell')
  c.literal(',"expected":')
  const expected = c.unsigned('expected')
  c.literal(',"off":')
  const off = c.skip('"') ? c.word(['few-off', 'few-on', 'withheld'] as const) : c.unsigned('off')
  c.literal(',"reporting":')
  const reporting = c.skip('"') ? c.word(['few'] as const) : c.unsigned('reporting')
  c.literal('}')
  return { cell, expected, off, reporting }
}

const isWhole = (count: number) => count === 0 || count >= MIN_CELL

/** Whether the counts follow from some houses by the table of the protocol. */
export function isConsistent({ expected, off, reporting }: CellCount): boolean {
  if (reporting === 'few') return off === 'withheld' && expected > 0
  if (!isWhole(reporting) || reporting > expected) return false
  switch (off) {
    case 'withheld':
      return false
    case 'few-off':
      return reporting >= MIN_CELL
    case 'few-on':
      // At least five are OFF beside the few.
      return reporting > MIN_CELL
    default:
      return off <= reporting && isWhole(off) && isWhole(reporting - off)
  }
}
