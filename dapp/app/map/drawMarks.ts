// Stamps the marks of a window: ON first, OFF last, so that no OFF is hidden.
import { worldPixels, type Frame } from './frame'
import type { Mark } from './marks'
import type { Palette } from '../settings/palette'
import { spread } from './spread'
import { HIT_RADIUS, type Sprite } from './markerLook'

/** Marks with words below them that are looked at for room. */
const MAX_LABELS = 60
const LABEL_FONT = '600 12px system-ui, sans-serif'
const LABEL_HEIGHT = 15

/** Signs may touch a little. */
const SPREAD_OVERLAP = 3

const ORDER = { ON: 0, NO_DATA: 1, OFF: 2 }

/** Marks with their place in world pixels, worked out once a zoom. */
export function createMarkDrawing(spriteOf: (mark: Mark) => Sprite, labelsOf: (mark: Mark) => string[], colours: Palette) {
  let marks: Mark[] = []
  let sprites: Sprite[] = []
  /** Where the signs stand, and where the places are, x and y in turn. */
  let places = new Float64Array(0)
  let origins = new Float64Array(0)
  let zoom = NaN
  let chosen: string | null = null

  function project(at: number) {
    zoom = at
    places = new Float64Array(marks.length * 2)
    marks.forEach(({ latitudeDeg, longitudeDeg }, i) => {
      const [x, y] = worldPixels(latitudeDeg, longitudeDeg, at)
      places[2 * i] = x
      places[2 * i + 1] = y
    })
    origins = places
    // Single sites were grouped already: they stay exactly where they are.
    if (marks.some(({ kind }) => kind !== 'site')) places = spread(places, sprites.map(({ size }, i) => size / 2 - SPREAD_OVERLAP + (marks[i]!.kind === 'area' ? LABEL_HEIGHT / 2 : 0)))
  }

  function setMarks(next: Mark[]) {
    marks = [...next].sort((a, b) => ORDER[a.state] - ORDER[b.state])
    sprites = marks.map(spriteOf)
    zoom = NaN
  }

  function draw(frame: Frame) {
    if (frame.zoom !== zoom) project(frame.zoom)
    const { context, width, height, left, top } = frame
    const shown: number[] = []
    drawLeads(frame)
    for (let i = 0; i < marks.length; i++) {
      const { picture, size } = sprites[i]!
      const x = places[2 * i]! - left - size / 2
      const y = places[2 * i + 1]! - top - size / 2
      if (x > width || y > height || x < -size || y < -size) continue
      context.drawImage(picture, x, y, size, size)
      if (marks[i]!.key === chosen) outline(context, x + size / 2, y + size / 2, size / 2)
      if (marks[i]!.kind !== 'site') shown.push(i)
    }
    drawLabels(frame, shown)
  }

  /** Lines from signs that were moved to their places. */
  function drawLeads({ context, left, top }: Frame) {
    if (origins === places) return
    context.beginPath()
    for (let i = 0; i < marks.length; i++) {
      const [x, y, originX, originY] = [places[2 * i]!, places[2 * i + 1]!, origins[2 * i]!, origins[2 * i + 1]!]
      if (Math.hypot(x - originX, y - originY) < sprites[i]!.size / 2) continue
      context.moveTo(x - left, y - top)
      context.lineTo(originX - left, originY - top)
    }
    context.lineWidth = 1
    context.strokeStyle = colours.muted
    context.stroke()
  }

  function outline(context: CanvasRenderingContext2D, x: number, y: number, radius: number) {
    context.beginPath()
    context.arc(x, y, radius + 3, 0, 2 * Math.PI)
    context.lineWidth = 3
    context.strokeStyle = colours.ink
    context.stroke()
  }

  /** Words below the worst marks, as far as they do not cover each other. */
  function drawLabels({ context, left, top }: Frame, shown: number[]) {
    const taken: { x: number; y: number; width: number; height: number }[] = []
    context.font = LABEL_FONT
    context.textAlign = 'center'
    context.textBaseline = 'top'
    context.lineJoin = 'round'
    for (const i of shown.slice(-MAX_LABELS).reverse()) {
      const lines = labelsOf(marks[i]!)
      if (lines.length === 0) continue
      const width = Math.max(...lines.map((line) => context.measureText(line).width))
      const x = places[2 * i]! - left
      const y = places[2 * i + 1]! - top + sprites[i]!.size / 2 - 1
      const box = { x: x - width / 2, y, width, height: lines.length * LABEL_HEIGHT }
      const overlaps = taken.some((other) => box.x < other.x + other.width && other.x < box.x + box.width && box.y < other.y + other.height && other.y < box.y + box.height)
      if (overlaps) continue
      taken.push(box)
      lines.forEach((line, n) => {
        context.lineWidth = 3.5
        context.strokeStyle = colours.land
        context.strokeText(line, x, y + n * LABEL_HEIGHT)
        context.fillStyle = colours.ink
        context.fillText(line, x, y + n * LABEL_HEIGHT)
      })
    }
  }

  /** The mark nearest to a point of world pixels, within a finger's width; of several the worst. */
  function hit(x: number, y: number, at: number): Mark | null {
    if (at !== zoom) project(at)
    let found: Mark | null = null
    let best = Infinity
    for (let i = marks.length - 1; i >= 0; i--) {
      const distance = Math.hypot(places[2 * i]! - x, places[2 * i + 1]! - y)
      if (distance < best && distance <= Math.max(HIT_RADIUS, sprites[i]!.size / 2)) {
        best = distance
        found = marks[i]!
      }
    }
    return found
  }

  return { setMarks, draw, hit, choose: (key: string | null) => (chosen = key) }
}
