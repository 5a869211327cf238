// The package has types for its whole only: each part is what the whole calls by the same name.
declare module 'leaflet/src/control/Control.Zoom.js' {
  import { Control } from 'leaflet'
  export const Zoom: typeof Control.Zoom
}
declare module 'leaflet/src/dom/DomUtil.js' {
  import { DomUtil } from 'leaflet'
  export const setPosition: typeof DomUtil.setPosition
  export const setTransform: typeof DomUtil.setTransform
}
declare module 'leaflet/src/layer/Layer.js' {
  export { Layer } from 'leaflet'
}
declare module 'leaflet/src/layer/tile/TileLayer.js' {
  export { TileLayer } from 'leaflet'
}
declare module 'leaflet/src/map/index.js' {
  export { Map } from 'leaflet'
}
