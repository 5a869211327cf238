// One canvas over the map's window, drawn anew while the map moves. Leaflet's own renderers keep an object a mark; this
// keeps coordinates only.
import type * as Leaflet from 'leaflet'
import type { Frame } from './frame'
import { DomUtil, Layer } from './leaflet'

/** A layer that `draw` fills; `redraw` asks for it once more. */
export function canvasLayer(pane: string, draw: (frame: Frame) => void) {
  let canvas: HTMLCanvasElement | undefined
  let map: Leaflet.Map | undefined
  let drawnCenter: Leaflet.LatLng | undefined
  let drawnZoom = 0
  let asked = 0

  function paint() {
    asked = 0
    if (!map || !canvas) return
    const { x: width, y: height } = map.getSize()
    const ratio = window.devicePixelRatio || 1
    if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) {
      canvas.width = Math.round(width * ratio)
      canvas.height = Math.round(height * ratio)
      canvas.style.width = `${width}px`
      canvas.style.height = `${height}px`
    }
    const corner = map.containerPointToLayerPoint([0, 0])
    DomUtil.setPosition(canvas, corner)
    const context = canvas.getContext('2d')!
    context.setTransform(ratio, 0, 0, ratio, 0, 0)
    context.clearRect(0, 0, width, height)
    const origin = map.getPixelOrigin().add(corner)
    drawnZoom = map.getZoom()
    drawnCenter = map.getCenter()
    draw({ context, width, height, zoom: drawnZoom, left: origin.x, top: origin.y })
  }

  const redraw = () => {
    if (!asked) asked = requestAnimationFrame(paint)
  }

  /** While a zoom is animated the last picture is stretched. */
  function stretch({ center, zoom }: Leaflet.ZoomAnimEvent) {
    if (!map || !canvas || !drawnCenter) return
    const scale = map.getZoomScale(zoom, drawnZoom)
    const origin = map.project(center, zoom).subtract(map.getSize().divideBy(2))
    const corner = map.project(drawnCenter, zoom).subtract(map.getSize().multiplyBy(scale / 2))
    DomUtil.setTransform(canvas, corner.subtract(origin).add(map.containerPointToLayerPoint([0, 0])), scale)
  }

  const CanvasLayer = Layer.extend({
    onAdd(target: Leaflet.Map) {
      map = target
      canvas = document.createElement('canvas')
      canvas.className = 'leaflet-zoom-animated'
      canvas.setAttribute('aria-hidden', 'true')
      canvas.style.pointerEvents = 'none'
      target.getPane(pane)!.appendChild(canvas)
      paint()
    },
    onRemove() {
      cancelAnimationFrame(asked)
      asked = 0
      canvas?.remove()
      canvas = map = undefined
    },
    getEvents: () => ({ move: redraw, moveend: redraw, zoomend: paint, viewreset: paint, resize: redraw, zoomanim: stretch }),
  })
  const layer = new (CanvasLayer as unknown as new () => Leaflet.Layer)()
  return { layer, redraw }
}
