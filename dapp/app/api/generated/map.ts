// Made by scripts/types.mjs (npm run types -w dapp). A test fails where it differs from that.
import type { Query } from '../client'
import type { MapWindowQuery, MapWindowQueryVariables, MapExtentQuery, MapExtentQueryVariables } from './types'

export const MapWindow: Query<MapWindowQuery, MapWindowQueryVariables> =
  'query MapWindow($window:MapWindow!$zoom:Int!$atUnixS:Int53){_meta{...About}batches(first:1){items{periodStartUnixS periodEndUnixS}}map(window:$window zoom:$zoom atUnixS:$atUnixS){level atUnixS isPast anchoredUpToUnixS areas{areaId name latitudeDeg longitudeDeg south west north east customersOffShare coverageShare sitesByState{...Counts}customersByState{...Counts}}feeders{feederId areaId name latitudeDeg longitudeDeg sitesByState{...Counts}customersByState{...Counts}isWholeFeederOff}sites{siteId kind locality latitudeDeg longitudeDeg customers state sinceUnixS lastHeardUnixS anchored}groups{latitudeDeg longitudeDeg south west north east sitesByState{...Counts}customersByState{...Counts}}}}fragment About on Meta{nowUnixS provenance{kind source shiftS uncertaintyS}}fragment Counts on StateCounts{on off noData total}'

export const MapExtent: Query<MapExtentQuery, MapExtentQueryVariables> =
  'query MapExtent($window:MapWindow!){map(window:$window zoom:5){areas{south west north east}groups{south west north east}}}'
