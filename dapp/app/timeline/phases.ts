// Which phases of a site are dead: docs/protocol.md, Record.
import type { NowFragment } from '../api/generated/types'
import type { Segment } from './intervals'

/** What there is of three phases. */
const NAMES = ['L1', 'L2', 'L3'] as const

/**
 * The dead phases while others are live, by the newest verified reading. None where all are live or dead, where the site has one
 * phase, and where a reading that is not anchored yet says something newer: that has no phases here.
 */
export function deadPhases(history: Segment[], now: NowFragment | null): string[] {
  const [newest] = [...history].sort((a, b) => b.lastSequence - a.lastSequence)
  if (!newest?.phases || now?.state !== 'OFF' || now.sequence !== newest.lastSequence) return []
  const { phases } = newest
  return phases.includes('1') ? NAMES.filter((_, i) => phases[i] === '0') : []
}
