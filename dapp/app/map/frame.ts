// What a picture of the map shows, and where a coordinate lies in it.

export interface Frame {
  context: CanvasRenderingContext2D
  width: number
  height: number
  zoom: number
  /** World pixels at this zoom that lie at the window's upper left corner. */
  left: number
  top: number
}

/** World pixels of a coordinate at a zoom (spherical Mercator, tiles of 256). */
export function worldPixels(latitudeDeg: number, longitudeDeg: number, zoom: number): [number, number] {
  const scale = 256 * 2 ** zoom
  const sin = Math.sin((Math.max(-85.05, Math.min(85.05, latitudeDeg)) * Math.PI) / 180)
  return [((longitudeDeg + 180) / 360) * scale, (0.5 - Math.log((1 + sin) / (1 - sin)) / (4 * Math.PI)) * scale]
}
