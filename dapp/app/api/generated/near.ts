// Made by scripts/types.mjs (npm run types -w dapp). A test fails where it differs from that.
import type { Query } from '../client'
import type { NearQuery, NearQueryVariables } from './types'

export const Near: Query<NearQuery, NearQueryVariables> =
  'query Near($latitudeDeg:Float!$longitudeDeg:Float!$first:Int!){_meta{...About}near(latitudeDeg:$latitudeDeg longitudeDeg:$longitudeDeg first:$first){distanceM site{...SiteLine area{utcOffsetS}}}}fragment About on Meta{nowUnixS provenance{kind source shiftS uncertaintyS}}fragment SiteLine on Site{siteId deviceId kind locality areaId feederId feederName customers now{...Now}}fragment Now on SiteState{state sinceUnixS lastHeardUnixS sequence anchored batchNumber}'
