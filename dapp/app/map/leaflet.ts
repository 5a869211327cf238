// The parts of Leaflet that the map uses. The package's own bundle brings markers, vectors, popups and GeoJSON as well,
// and nothing can be left out of it: they would be a tenth of the first view.
import { Zoom } from 'leaflet/src/control/Control.Zoom.js'
import * as DomUtil from 'leaflet/src/dom/DomUtil.js'
import { Layer } from 'leaflet/src/layer/Layer.js'
import { TileLayer } from 'leaflet/src/layer/tile/TileLayer.js'
// With it come dragging, the wheel, the keyboard, double click, box and pinch.
import { Map as LeafletMap } from 'leaflet/src/map/index.js'

export { DomUtil, Layer, LeafletMap, TileLayer, Zoom }
