// Moves signs apart that would cover each other, so that none hides an OFF. Each stays near its place; a line leads to it.

/** Rounds of pushing; each goes over all pairs that touch. */
const ROUNDS = 24
/** Farthest that a sign is moved, in its own radii. */
const MAX_RADII = 4
/** More signs than this stay where they are: the map shows too much to be read singly. */
export const MAX_SPREAD = 400

/**
 * New places of signs, x and y in turn. `radii` in the same units; the order of the signs decides nothing but ties.
 */
export function spread(places: Float64Array<ArrayBuffer>, radii: number[]): Float64Array<ArrayBuffer> {
  const moved = new Float64Array(places)
  if (radii.length > MAX_SPREAD) return moved
  for (let round = 0; round < ROUNDS; round++) {
    for (let i = 0; i < radii.length; i++) {
      for (let j = i + 1; j < radii.length; j++) push(moved, radii, i, j)
    }
    for (let i = 0; i < radii.length; i++) hold(moved, places, i, radii[i]! * MAX_RADII)
  }
  return moved
}

function push(moved: Float64Array, radii: number[], i: number, j: number) {
  const least = radii[i]! + radii[j]!
  let x = moved[2 * j]! - moved[2 * i]!
  let y = moved[2 * j + 1]! - moved[2 * i + 1]!
  if (Math.abs(x) >= least || Math.abs(y) >= least) return
  let distance = Math.hypot(x, y)
  if (distance >= least) return
  if (distance < 0.01) {
    // Upon each other: apart by their numbers, so that it is always the same way.
    const angle = (i * 2.4 + j * 1.3) % (2 * Math.PI)
    x = Math.cos(angle)
    y = Math.sin(angle)
    distance = 1
  }
  const by = (least - distance) / 2 / distance
  moved[2 * i]! -= x * by
  moved[2 * i + 1]! -= y * by
  moved[2 * j]! += x * by
  moved[2 * j + 1]! += y * by
}

function hold(moved: Float64Array, places: Float64Array, i: number, most: number) {
  const x = moved[2 * i]! - places[2 * i]!
  const y = moved[2 * i + 1]! - places[2 * i + 1]!
  const distance = Math.hypot(x, y)
  if (distance <= most) return
  moved[2 * i] = places[2 * i]! + (x * most) / distance
  moved[2 * i + 1] = places[2 * i + 1]! + (y * most) / distance
}
