// Where readings come from.

/** In the order of how far they are from news. */
export const PROVENANCES = ['live', 'replay', 'generated'] as const
export type Provenance = (typeof PROVENANCES)[number]

/** The one that is furthest from news. */
export const furthest = (all: Iterable<Provenance>): Provenance =>
  PROVENANCES[Math.max(0, ...Array.from(all, (one) => PROVENANCES.indexOf(one)))]!
