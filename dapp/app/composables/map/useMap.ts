import { computed, getCurrentScope, onBeforeUnmount, onMounted, ref, shallowRef, watch, type Ref } from 'vue'
import type * as Leaflet from 'leaflet'
import { PLACES_FROM_ZOOM, createBasemapDrawing, loadCredit, loadOutlines, loadPlaces, type Basemap } from '~/map/basemap'
import { canvasLayer } from '~/map/canvasLayer'
import { LeafletMap, TileLayer, Zoom } from '~/map/leaflet'
import { createMarkDrawing } from '~/map/drawMarks'
import type { Bounds, Mark } from '~/map/marks'
import type { StreetMap } from '~/settings/installation'
import { palette } from '~/settings/palette'
import { createSprites } from '~/map/markerLook'

/** Zooms between which the map can be moved. */
const MIN_ZOOM = 4
const MAX_ZOOM = 18
/** Room around a window that is shown. */
const PADDING_PX: [number, number] = [28, 28]

export interface MapOptions {
  marks: Ref<Mark[]>
  chosen: Ref<Mark | null>
  /** Key of the mark that the page is about; none where it is about no place. */
  subject: Ref<string | null>
  /** What stands in the sign of several sites, and the lines below it. */
  label: (mark: Mark) => string
  lines: (mark: Mark) => string[]
  /** Words of the two buttons. */
  zoomIn: string
  zoomOut: string
}

/** What the map shows: the window in degrees, and the zoom. */
export interface View {
  bounds: Bounds
  zoom: number
}

const boundsOf = (map: Leaflet.Map): Bounds => {
  const bounds = map.getBounds()
  return { south: bounds.getSouth(), west: bounds.getWest(), north: bounds.getNorth(), east: bounds.getEast() }
}

/** A map in `element`: Leaflet for moving, two canvases of our own for what is drawn. */
export function useMap(element: Ref<HTMLElement | null>, { marks, chosen, subject, label, lines, zoomIn, zoomOut }: MapOptions) {
  const view = shallowRef<View>()
  /** Whose data lies under the marks. */
  const credit = computed(() => streets.value?.attribution || (streets.value ? streets.value.host : outlinesCredit.value))
  const outlinesCredit = ref('')
  const streets = shallowRef<StreetMap | null>(null)
  const isReady = ref(false)
  let map: Leaflet.Map | undefined
  let isZooming = false
  /** From the reader's first move on, the map moves for the reader only. */
  let hasReaderMoved = false
  let isSuggesting = false
  let tiles: Leaflet.TileLayer | undefined
  let stop: (() => void) | undefined
  const scope = getCurrentScope()

  function begin() {
    if (!element.value) return
    map = new LeafletMap(element.value, {
      zoomControl: false,
      attributionControl: false,
      minZoom: MIN_ZOOM,
      maxZoom: MAX_ZOOM,
      worldCopyJump: true,
      zoomAnimation: !matchMedia('(prefers-reduced-motion: reduce)').matches,
      // The page's own fade and inertia are enough.
      fadeAnimation: false,
    })
    new Zoom({ position: 'topright', zoomInTitle: zoomIn, zoomOutTitle: zoomOut }).addTo(map)
    map.setView([22, 79], MIN_ZOOM)
    // What is drawn on it in a piece of its own.
    const first = map
    setTimeout(() => map === first && scope?.run(() => draw(first)))
  }

  function draw(map: Leaflet.Map) {
    if (!element.value) return
    const redraw = layers(map)
    const tell = () => (view.value = { bounds: boundsOf(map), zoom: map.getZoom() })
    map.on('moveend', tell)
    map.on('movestart', () => (hasReaderMoved ||= !isSuggesting))
    map.on('zoomstart', () => (isZooming = true))
    map.on('zoomend', () => (isZooming = false))
    const observer = new MutationObserver(redraw)
    observer.observe(document.documentElement, { attributeFilter: ['data-theme'] })
    const resized = new ResizeObserver(() => map.invalidateSize({ pan: false }))
    resized.observe(element.value)
    stop = () => {
      observer.disconnect()
      resized.disconnect()
    }
    isReady.value = true
    tell()
  }

  /** The two canvases; gives what draws both anew in the colours that hold then. */
  function layers(target: Leaflet.Map) {
    const basemap: Basemap = { outlines: null, places: [] }
    let colours = palette()
    let ground = createBasemapDrawing(basemap, colours)
    let drawing = createMarkDrawing(createSprites(colours, label), lines, colours)
    const below = canvasLayer('tilePane', (frame) => (tiles ? undefined : ground(frame)))
    const above = canvasLayer('overlayPane', (frame) => drawing.draw(frame))
    below.layer.addTo(target)
    above.layer.addTo(target)
    const show = () => {
      drawing.setMarks(marks.value)
      drawing.choose(chosen.value?.key ?? subject.value)
      above.redraw()
    }
    show()
    watch([marks, chosen, subject], show)
    void loadOutlines().then((outlines) => ((basemap.outlines = outlines), below.redraw()))
    void loadCredit().then((words) => (outlinesCredit.value = words))
    const nearer = () => {
      if (target.getZoom() < PLACES_FROM_ZOOM) return
      target.off('zoomend', nearer)
      void loadPlaces().then((places) => ((basemap.places = places), below.redraw()))
    }
    target.on('zoomend', nearer)
    target.on('click', ({ latlng }) => {
      const { x, y } = target.project(latlng, target.getZoom())
      chosen.value = drawing.hit(x, y, target.getZoom())
    })
    return () => {
      colours = palette()
      ground = createBasemapDrawing(basemap, colours)
      drawing = createMarkDrawing(createSprites(colours, label), lines, colours)
      show()
      below.redraw()
    }
  }

  /** Shows a window of degrees that the reader asks for, no closer than `maxZoom`. */
  function show({ south, west, north, east }: Bounds, maxZoom = MAX_ZOOM) {
    hasReaderMoved = true
    map?.fitBounds([[south, west], [north, east]], { maxZoom, padding: PADDING_PX })
  }

  /** Shows a window that nobody asked for, at once; not where the reader has moved the map meanwhile. */
  function suggest({ south, west, north, east }: Bounds, maxZoom = MAX_ZOOM) {
    if (hasReaderMoved) return
    isSuggesting = true
    map?.fitBounds([[south, west], [north, east]], { maxZoom, padding: PADDING_PX, animate: false })
    isSuggesting = false
  }

  /** Puts a street map below the marks, from another host; none takes it away. */
  function showStreets(wanted: StreetMap | null) {
    tiles?.remove()
    tiles = undefined
    streets.value = wanted
    if (wanted && map) tiles = new TileLayer(wanted.url, { maxZoom: MAX_ZOOM, referrerPolicy: 'no-referrer' }).addTo(map)
    map?.fire('move')
  }

  onMounted(begin)
  onBeforeUnmount(() => {
    stop?.()
    // Leaflet ends an animated zoom by a timer of its own, for which the map must still be there.
    const leaving = map
    if (isZooming) leaving?.once('zoomend', () => leaving.remove())
    else leaving?.remove()
    map = undefined
  })
  /** Another place is looked at: the map may go there. */
  const forgetMoves = () => (hasReaderMoved = false)
  return { view, credit, isReady, show, suggest, forgetMoves, showStreets }
}
