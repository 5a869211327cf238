// Made by scripts/types.mjs (npm run types -w dapp). A test fails where it differs from that.
import type { Query } from '../client'
import type { ComplaintPageQuery, ComplaintPageQueryVariables, BesideSiteQuery, BesideSiteQueryVariables, BesideFeederQuery, BesideFeederQueryVariables, ReportSiteQuery, ReportSiteQueryVariables, ReportFeederQuery, ReportFeederQueryVariables, TrailPlacesQuery, TrailPlacesQueryVariables, ReportTermsQuery, ReportTermsQueryVariables } from './types'

export const ComplaintPage: Query<ComplaintPageQuery, ComplaintPageQueryVariables> =
  'query ComplaintPage($id:String!){_meta{...About}complaint(id:$id){...ComplaintLine filer textDigest text{state block erasure{reason}photo{state mediaType erasure{reason}}}evidenceDigest actions{...EventLine}}}fragment About on Meta{nowUnixS provenance{kind source shiftS uncertaintyS}}fragment ComplaintLine on Complaint{id areaId siteId feederId class filedAtUnixS lastAction index head reopenings openedAtUnixS clockS dueAtUnixS level affectedToo stillOff isSensorBacked contradiction{kind atUnixS deviceId sequence}finalized}fragment EventLine on ComplaintAction{id kind signer signerLevel index hash noteDigest note noteErasure{reason}duplicateOf contradiction{kind atUnixS deviceId sequence}atUnixS blockNumber transactionHash finalized}'

export const BesideSite: Query<BesideSiteQuery, BesideSiteQueryVariables> =
  'query BesideSite($areaId:String!$siteId:String!$fromUnixS:Int53!){site(siteId:$siteId){...SensorLine}notices(areaId:$areaId first:50){...NoticeLine}}fragment SensorLine on Site{...SiteLine latitudeDeg longitudeDeg heartbeatS history(fromUnixS:$fromUnixS first:200){...Stretch}}fragment SiteLine on Site{siteId deviceId kind locality areaId feederId feederName customers now{...Now}}fragment Now on SiteState{state sinceUnixS lastHeardUnixS sequence anchored batchNumber}fragment Stretch on Segment{powerStatus firstUnixS lastUnixS firstSequence lastSequence gapBefore firstIsUpperBound phases}fragment NoticeLine on Notice{id areaId feederId signer signerLevel startUnixS endUnixS restorationUnixS reason reasonDigest withdrawn changes changedBy isLate atUnixS transactionHash}'

export const BesideFeeder: Query<BesideFeederQuery, BesideFeederQueryVariables> =
  'query BesideFeeder($areaId:String!$feederId:String!$fromUnixS:Int53!){feeder(id:$feederId){sites{...SensorLine}}notices(areaId:$areaId first:50){...NoticeLine}}fragment SensorLine on Site{...SiteLine latitudeDeg longitudeDeg heartbeatS history(fromUnixS:$fromUnixS first:200){...Stretch}}fragment SiteLine on Site{siteId deviceId kind locality areaId feederId feederName customers now{...Now}}fragment Now on SiteState{state sinceUnixS lastHeardUnixS sequence anchored batchNumber}fragment Stretch on Segment{powerStatus firstUnixS lastUnixS firstSequence lastSequence gapBefore firstIsUpperBound phases}fragment NoticeLine on Notice{id areaId feederId signer signerLevel startUnixS endUnixS restorationUnixS reason reasonDigest withdrawn changes changedBy isLate atUnixS transactionHash}'

export const ReportSite: Query<ReportSiteQuery, ReportSiteQueryVariables> =
  'query ReportSite($siteId:String){_meta{...About}site(siteId:$siteId){siteId deviceId locality feederId feederName areaId}}fragment About on Meta{nowUnixS provenance{kind source shiftS uncertaintyS}}'

export const ReportFeeder: Query<ReportFeederQuery, ReportFeederQueryVariables> =
  'query ReportFeeder($id:String!){_meta{...About}feeder(id:$id){feederId name areaId sites{deviceId}}}fragment About on Meta{nowUnixS provenance{kind source shiftS uncertaintyS}}'

export const TrailPlaces: Query<TrailPlacesQuery, TrailPlacesQueryVariables> =
  'query TrailPlaces($areaId:String!){area(id:$areaId){feeders{feederId stationId sites{siteId stationId}}}}'

export const ReportTerms: Query<ReportTermsQuery, ReportTermsQueryVariables> =
  'query ReportTerms($areaId:String!){_meta{...About}area(id:$areaId){areaId name utcOffsetS}complaintClasses(areaId:$areaId){class clockS}}fragment About on Meta{nowUnixS provenance{kind source shiftS uncertaintyS}}'
