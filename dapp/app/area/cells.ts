// Houses counted together, in words: what could tell of one household is not told (docs/protocol.md, Cells).
import type { CellLineFragment } from '../api/generated/types'
import type { Language } from '../answer/words'

export function cellWords(cell: CellLineFragment, { t, format }: Language): string {
  const expected = format.count(cell.expected)
  const reporting = cell.reporting === null ? '' : format.count(cell.reporting)
  if (cell.mask === 'WITHHELD' || cell.reporting === null) return t('cells.withheld', { expected })
  if (cell.mask === 'FEW_OFF') return t('cells.fewOff', { expected, reporting })
  if (cell.mask === 'FEW_ON') return t('cells.fewOn', { expected, reporting })
  return t('cells.told', { expected, reporting, off: format.count(cell.off ?? 0) })
}
