// The page's colours (assets/colours.css) for what is drawn on a canvas.

const NAMES = {
  on: '--on',
  off: '--off',
  noData: '--no-data',
  ink: '--ink',
  card: '--card',
  paper: '--paper',
  muted: '--muted',
  line: '--line',
  offInk: '--off-ink',
  onInk: '--on-ink',
  noDataInk: '--no-data-ink',
  offTint: '--off-tint',
  onTint: '--on-tint',
  noDataTint: '--no-data-tint',
  notice: '--notice',
  noticeTint: '--notice-tint',
  hatch: '--hatch',
  link: '--link',
  land: '--map-land',
  mapLine: '--map-line',
  mapWords: '--map-words',
} as const

export type Palette = Record<keyof typeof NAMES, string>

/** The colours that hold now: by the theme. */
export function palette(): Palette {
  const style = getComputedStyle(document.documentElement)
  return Object.fromEntries(Object.entries(NAMES).map(([name, variable]) => [name, style.getPropertyValue(variable).trim()])) as Palette
}
