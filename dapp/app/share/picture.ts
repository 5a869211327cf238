// The answer as a picture to be passed on. It always carries where the readings come from: a picture travels alone.
import type { State } from '../api/generated/types'
import { palette } from '../settings/palette'

const WIDTH = 1_080
const MARGIN = 64
const FONT = 'system-ui, "Noto Sans", "Noto Sans Devanagari", sans-serif'

export interface Told {
  title: string
  context: string
  headline: string
  scope: string
  asOf: string
  origin: string
  state: State
  link: string
}

interface Line {
  text: string
  size: number
  weight: number
  colour: string
  /** Pixels above it. */
  space: number
}

/** Lines of a text that fit a width; a word that does not is cut. */
export function wrapped(text: string, width: number, measure: (text: string) => number): string[] {
  const lines: string[] = []
  let line = ''
  for (let word of text.split(/\s+/)) {
    if (line !== '' && measure(`${line} ${word}`) <= width) {
      line = `${line} ${word}`
      continue
    }
    if (line !== '') lines.push(line)
    while (measure(word) > width && word.length > 1) {
      let length = word.length - 1
      while (length > 1 && measure(word.slice(0, length)) > width) length--
      lines.push(word.slice(0, length))
      word = word.slice(length)
    }
    line = word
  }
  return [...lines, line]
}

/** A PNG of the answer. */
export async function drawAnswer(told: Told): Promise<Blob> {
  const colours = palette()
  const ink = { ON: colours.onInk, OFF: colours.offInk, NO_DATA: colours.noDataInk }[told.state]
  const canvas = document.createElement('canvas')
  const context = canvas.getContext('2d')!
  const lines: Line[] = [
    { text: told.title, size: 56, weight: 700, colour: colours.ink, space: 24 },
    { text: told.context, size: 34, weight: 400, colour: colours.muted, space: 4 },
    { text: told.headline, size: 64, weight: 700, colour: ink, space: 36 },
    { text: told.scope, size: 40, weight: 400, colour: colours.ink, space: 8 },
    { text: told.asOf, size: 32, weight: 400, colour: colours.muted, space: 36 },
    { text: told.link, size: 26, weight: 400, colour: colours.muted, space: 8 },
  ].filter(({ text }) => text !== '')

  const font = ({ size, weight }: Pick<Line, 'size' | 'weight'>) => `${weight} ${size}px ${FONT}`
  const broken = (line: Line, margin = MARGIN) => {
    context.font = font(line)
    return wrapped(line.text, WIDTH - 2 * margin, (part) => context.measureText(part).width)
  }
  const banner: Line = { text: told.origin, size: 34, weight: 600, colour: colours.ink, space: 0 }
  const bannerLines = told.origin ? broken(banner) : []
  const bannerHeight = bannerLines.length ? bannerLines.length * 46 + 40 : 0
  const blocks = lines.map((line) => ({ line, parts: broken(line) }))
  const height = bannerHeight + MARGIN * 2 + blocks.reduce((sum, { line, parts }) => sum + line.space + parts.length * line.size * 1.3, 0)

  canvas.width = WIDTH
  canvas.height = Math.ceil(height)
  context.fillStyle = colours.card
  context.fillRect(0, 0, WIDTH, height)
  context.fillStyle = colours.noticeTint
  context.fillRect(0, 0, WIDTH, bannerHeight)
  context.textBaseline = 'top'
  const write = (line: Line, parts: string[], top: number) => {
    context.font = font(line)
    context.fillStyle = line.colour
    parts.forEach((part, i) => context.fillText(part, MARGIN, top + i * line.size * 1.3))
    return top + parts.length * line.size * 1.3
  }
  write(banner, bannerLines, 20)
  let top = bannerHeight + MARGIN / 2
  for (const { line, parts } of blocks) top = write(line, parts, top + line.space)
  return new Promise((resolve, reject) => canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error('no picture'))), 'image/png'))
}
