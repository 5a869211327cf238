// Made by scripts/types.mjs (npm run types -w dapp). A test fails where it differs from that.
import type { Query } from '../client'
import type { OfficialAreasQuery, OfficialAreasQueryVariables, OfficialsQuery, OfficialsQueryVariables, ScorecardQuery, ScorecardQueryVariables, TrailQuery, TrailQueryVariables } from './types'

export const OfficialAreas: Query<OfficialAreasQuery, OfficialAreasQueryVariables> =
  'query OfficialAreas{_meta{...About}areas{areaId name utcOffsetS}}fragment About on Meta{nowUnixS provenance{kind source shiftS uncertaintyS}}'

export const Officials: Query<OfficialsQuery, OfficialsQueryVariables> =
  'query Officials($areaId:String!){_meta{...About}officials(areaId:$areaId){...OfficialLine}}fragment About on Meta{nowUnixS provenance{kind source shiftS uncertaintyS}}fragment OfficialLine on Official{wallet level fromUnixS untilUnixS revokedAtUnixS isInForce areaId transactionHash}'

export const Scorecard: Query<ScorecardQuery, ScorecardQueryVariables> =
  'query Scorecard($areaId:String!$official:String$stationId:String){_meta{...About}area(id:$areaId){areaId name utcOffsetS feeders{stationId}}scorecard(areaId:$areaId official:$official stationId:$stationId){sensorBacked{...CountsLine}others{...CountsLine}}officials(areaId:$areaId){...OfficialLine}}fragment About on Meta{nowUnixS provenance{kind source shiftS uncertaintyS}}fragment CountsLine on ScorecardCounts{pendingBefore received redressed pending within50 within100 within200 over200 reopened fixed notFixed contradicted}fragment OfficialLine on Official{wallet level fromUnixS untilUnixS revokedAtUnixS isInForce areaId transactionHash}'

export const Trail: Query<TrailQuery, TrailQueryVariables> =
  'query Trail($areaId:String!$first:Int!$after:String){complaints(areaId:$areaId first:$first after:$after){items{...ComplaintLine filer actions{...EventLine}}hasMore endCursor}}fragment ComplaintLine on Complaint{id areaId siteId feederId class filedAtUnixS lastAction index head reopenings openedAtUnixS clockS dueAtUnixS level affectedToo stillOff isSensorBacked contradiction{kind atUnixS deviceId sequence}finalized}fragment EventLine on ComplaintAction{id kind signer signerLevel index hash noteDigest note noteErasure{reason}duplicateOf contradiction{kind atUnixS deviceId sequence}atUnixS blockNumber transactionHash finalized}'
