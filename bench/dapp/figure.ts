// A figure and whether it keeps its limit.

export interface Figure {
  name: string
  value: number
  unit: string
  /** What it must keep; absent for a figure that only informs. */
  limit?: number
  better: 'lower' | 'higher'
}

export const isMissed = ({ value, limit, better }: Figure): boolean =>
  limit !== undefined && !(better === 'lower' ? value <= limit : value >= limit)

/** A number as people would write it: three digits that count. */
export const rounded = (value: number): number => Number(value.toPrecision(value >= 100 ? 4 : 3))

/** Progress, beside the figures. */
export const say = (text: string) => process.stderr.write(`${text}\n`)
