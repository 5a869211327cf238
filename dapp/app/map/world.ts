// The whole world, in windows that the service takes: each is less than 180 degrees wide.
import type { Bounds } from './marks'

const SOUTH = -85
const NORTH = 85
export const EAST: Bounds = { west: 0, east: 179.9, south: SOUTH, north: NORTH }
export const WEST: Bounds = { west: -180, east: -0.1, south: SOUTH, north: NORTH }
