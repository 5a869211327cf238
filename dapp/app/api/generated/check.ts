// Made by scripts/types.mjs (npm run types -w dapp). A test fails where it differs from that.
import type { Query } from '../client'
import type { CheckPageQuery, CheckPageQueryVariables } from './types'

export const CheckPage: Query<CheckPageQuery, CheckPageQueryVariables> =
  'query CheckPage($deviceId:String!$sequence:Int53!$batchNumber:Int53){_meta{...About}record(deviceId:$deviceId sequence:$sequence batchNumber:$batchNumber){powerStatus timestampUnixS record areaId batchNumber provenance}site(deviceId:$deviceId){...SiteLine area{name utcOffsetS asOfUnixS batches(first:1){periodStartUnixS periodEndUnixS}}}}fragment About on Meta{nowUnixS provenance{kind source shiftS uncertaintyS}}fragment SiteLine on Site{siteId deviceId kind locality areaId feederId feederName customers now{...Now}}fragment Now on SiteState{state sinceUnixS lastHeardUnixS sequence anchored batchNumber}'
