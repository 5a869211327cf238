// Made by scripts/types.mjs (npm run types -w dapp). A test fails where it differs from that.
import type { Query } from '../client'
import type { SiteAnswerQuery, SiteAnswerQueryVariables, FeederAnswerQuery, FeederAnswerQueryVariables, AreaAnswerQuery, AreaAnswerQueryVariables } from './types'

export const SiteAnswer: Query<SiteAnswerQuery, SiteAnswerQueryVariables> =
  'query SiteAnswer($siteId:String$deviceId:String){_meta{...About}site(siteId:$siteId deviceId:$deviceId){...SiteAnswer}}fragment About on Meta{nowUnixS provenance{kind source shiftS uncertaintyS}}fragment SiteAnswer on Site{...SiteLine heartbeatS removed provenance feeder{...FeederLine}area{areaId name utcOffsetS asOfUnixS batches(first:1){number periodStartUnixS periodEndUnixS}}}fragment SiteLine on Site{siteId deviceId kind locality areaId feederId feederName customers now{...Now}}fragment Now on SiteState{state sinceUnixS lastHeardUnixS sequence anchored batchNumber}fragment FeederLine on Feeder{feederId name areaId sitesByState{...Counts}customersByState{...Counts}isWholeFeederOff}fragment Counts on StateCounts{on off noData total}'

export const FeederAnswer: Query<FeederAnswerQuery, FeederAnswerQueryVariables> =
  'query FeederAnswer($id:String!){_meta{...About}feeder(id:$id){...FeederLine sites{...SiteLine}}areas{areaId name utcOffsetS asOfUnixS}}fragment About on Meta{nowUnixS provenance{kind source shiftS uncertaintyS}}fragment FeederLine on Feeder{feederId name areaId sitesByState{...Counts}customersByState{...Counts}isWholeFeederOff}fragment Counts on StateCounts{on off noData total}fragment SiteLine on Site{siteId deviceId kind locality areaId feederId feederName customers now{...Now}}fragment Now on SiteState{state sinceUnixS lastHeardUnixS sequence anchored batchNumber}'

export const AreaAnswer: Query<AreaAnswerQuery, AreaAnswerQueryVariables> =
  'query AreaAnswer($id:String!){_meta{...About}area(id:$id){...AreaLine customersOffShare feeders{...FeederLine}}}fragment About on Meta{nowUnixS provenance{kind source shiftS uncertaintyS}}fragment AreaLine on Area{areaId name utcOffsetS provenance customers houses asOfUnixS sitesByState{...Counts}customersByState{...Counts}}fragment Counts on StateCounts{on off noData total}fragment FeederLine on Feeder{feederId name areaId sitesByState{...Counts}customersByState{...Counts}isWholeFeederOff}'
