// Marks drawn once each and then stamped, so that ten thousand of them can be panned. The signs are those of StateMark.vue:
// ON a hollow circle, OFF a filled diamond, NO DATA a dashed ring with "?"; dashed outline: not anchored; tick: final.
import type { Anchored, State } from '../api/generated/types'
import type { Counts, Mark } from './marks'
import type { Palette } from '../settings/palette'

/** Pictures that are kept; beyond that all are drawn anew. */
const MAX_SPRITES = 2_000
/** Below this share of readings received, an area is hatched. */
const POOR_COVERAGE = 0.8

export interface Sprite {
  picture: HTMLCanvasElement
  /** Width and height in pixels of the page. */
  size: number
}

type Draw = (context: CanvasRenderingContext2D, size: number) => void

/** Half the width of a site's sign by what it watches. */
const SITE_RADIUS = { TRANSFORMER: 9, STREET: 6.5 }

function circle(context: CanvasRenderingContext2D, center: number, radius: number) {
  context.beginPath()
  context.arc(center, center, radius, 0, 2 * Math.PI)
}

function diamond(context: CanvasRenderingContext2D, center: number, radius: number) {
  context.beginPath()
  context.moveTo(center, center - radius)
  context.lineTo(center + radius, center)
  context.lineTo(center, center + radius)
  context.lineTo(center - radius, center)
  context.closePath()
}

function tick(context: CanvasRenderingContext2D, center: number, size: number, colour: string) {
  context.setLineDash([])
  context.beginPath()
  context.moveTo(center - size, center + size * 0.1)
  context.lineTo(center - size * 0.2, center + size * 0.8)
  context.lineTo(center + size, center - size * 0.7)
  context.lineWidth = 1.8
  context.strokeStyle = colour
  context.stroke()
}

/** The sign of one site. */
const siteSign =
  (state: State, anchored: Anchored, radius: number, colours: Palette): Draw =>
  (context, size) => {
    const center = size / 2
    const isDashed = anchored === 'NO'
    context.lineWidth = 2
    if (state === 'OFF') {
      // A light rim lifts it from its neighbours.
      diamond(context, center, radius + 3)
      context.fillStyle = colours.card
      context.fill()
      diamond(context, center, radius + 0.5)
      context.globalAlpha = isDashed ? 0.4 : 1
      context.fillStyle = colours.off
      context.fill()
      context.globalAlpha = 1
      context.strokeStyle = colours.off
      context.setLineDash(isDashed ? [3, 2.4] : [])
      context.stroke()
      if (anchored === 'FINAL') tick(context, center, radius * 0.42, '#fff')
      return
    }
    if (state === 'ON') {
      circle(context, center, radius * 0.68)
      context.fillStyle = colours.card
      context.fill()
      context.strokeStyle = colours.on
      context.setLineDash(isDashed ? [2.6, 2] : [])
      context.stroke()
      if (anchored === 'FINAL' && radius > SITE_RADIUS.STREET) tick(context, center, radius * 0.26, colours.on)
      return
    }
    circle(context, center, radius)
    context.fillStyle = colours.card
    context.fill()
    context.strokeStyle = colours.noData
    context.setLineDash([3, 2.4])
    context.stroke()
    words(context, '?', center, center, `700 ${Math.round(radius * 1.4)}px system-ui, sans-serif`, colours.noDataInk)
  }

function words(context: CanvasRenderingContext2D, text: string, x: number, y: number, font: string, colour: string) {
  context.font = font
  context.textAlign = 'center'
  context.textBaseline = 'middle'
  context.fillStyle = colour
  context.fillText(text, x, y + 0.5)
}

/** A ring of the three states: OFF solid and thick, NO DATA dashed, ON thin. Any OFF gets at least a visible part. */
function ring(context: CanvasRenderingContext2D, center: number, radius: number, counts: Counts, colours: Palette) {
  const least = 0.06
  const shares = [counts.off, counts.noData, counts.on].map((n) => (n === 0 ? 0 : Math.max(n / counts.total, least)))
  const sum = shares.reduce((a, b) => a + b, 0) || 1
  let from = -Math.PI / 2
  const parts = [
    { colour: colours.off, width: 6, dash: [] },
    { colour: colours.noData, width: 3, dash: [3, 3] },
    { colour: colours.on, width: 2.5, dash: [] },
  ]
  parts.forEach(({ colour, width, dash }, i) => {
    const to = from + (shares[i]! / sum) * 2 * Math.PI
    if (to > from) {
      context.beginPath()
      context.arc(center, center, radius, from, to)
      context.strokeStyle = colour
      context.lineWidth = width
      context.setLineDash(dash)
      context.stroke()
    }
    from = to
  })
  context.setLineDash([])
}

/** Several sites: the ring, and in it how many of how many are OFF. */
const countSign =
  (counts: Counts, label: string, radius: number, isHatched: boolean, colours: Palette): Draw =>
  (context, size) => {
    const center = size / 2
    circle(context, center, radius + 3)
    context.fillStyle = counts.off > 0 ? colours.offTint : colours.card
    context.fill()
    if (isHatched) hatch(context, center, radius, colours.hatch)
    ring(context, center, radius, counts, colours)
    const colour = counts.off > 0 ? colours.offInk : counts.noData > 0 ? colours.noDataInk : colours.onInk
    const height = label.length > 5 ? 10 : label.length > 4 ? 11 : 13
    words(context, label, center, center, `700 ${height}px system-ui, sans-serif`, colour)
  }

function hatch(context: CanvasRenderingContext2D, center: number, radius: number, colour: string) {
  context.save()
  circle(context, center, radius)
  context.clip()
  context.strokeStyle = colour
  context.lineWidth = 1.5
  context.beginPath()
  for (let x = -radius * 2; x < radius * 2; x += 6) {
    context.moveTo(center + x, center + radius)
    context.lineTo(center + x + radius * 2, center - radius)
  }
  context.stroke()
  context.restore()
}

/** Pixels around a sign for its rim. */
const RIM = 5

/** Gives the picture of each mark; `label` says what stands in a count. */
export function createSprites(colours: Palette, label: (mark: Mark) => string) {
  const kept = new Map<string, Sprite>()

  function drawn(key: string, radius: number, draw: Draw): Sprite {
    const found = kept.get(key)
    if (found) return found
    const ratio = window.devicePixelRatio || 1
    const size = 2 * (radius + RIM)
    const picture = document.createElement('canvas')
    picture.width = picture.height = Math.ceil(size * ratio)
    const context = picture.getContext('2d')!
    context.scale(ratio, ratio)
    draw(context, size)
    if (kept.size >= MAX_SPRITES) kept.clear()
    const sprite = { picture, size }
    kept.set(key, sprite)
    return sprite
  }

  return (mark: Mark): Sprite => {
    if (mark.kind === 'site') {
      const radius = SITE_RADIUS[mark.siteKind ?? 'TRANSFORMER']
      return drawn(`${mark.state} ${mark.anchored} ${radius}`, radius, siteSign(mark.state, mark.anchored, radius, colours))
    }
    const radius = mark.kind === 'area' ? 26 : 17
    const text = label(mark)
    const isHatched = mark.coverageShare !== undefined && mark.coverageShare !== null && mark.coverageShare < POOR_COVERAGE
    const { on, off, noData } = mark.sites
    return drawn(`${text} ${on}/${off}/${noData} ${radius} ${isHatched}`, radius, countSign(mark.sites, text, radius, isHatched, colours))
  }
}

/** How far from its middle a mark is hit, in pixels: a finger is wide. */
export const HIT_RADIUS = 22
