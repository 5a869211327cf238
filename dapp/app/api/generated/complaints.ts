// Made by scripts/types.mjs (npm run types -w dapp). A test fails where it differs from that.
import type { Query } from '../client'
import type { ComplaintsQuery, ComplaintsQueryVariables, AreaNameQuery, AreaNameQueryVariables, FeederNameQuery, FeederNameQueryVariables, SiteNameQuery, SiteNameQueryVariables } from './types'

export const Complaints: Query<ComplaintsQuery, ComplaintsQueryVariables> =
  'query Complaints($areaId:String$feederId:String$siteId:String$stages:[ComplaintStage!]$first:Int!$after:String){_meta{...About}complaints(areaId:$areaId feederId:$feederId siteId:$siteId stages:$stages first:$first after:$after){items{...ComplaintLine text{words}}hasMore endCursor}}fragment About on Meta{nowUnixS provenance{kind source shiftS uncertaintyS}}fragment ComplaintLine on Complaint{id areaId siteId feederId class filedAtUnixS lastAction index head reopenings openedAtUnixS clockS dueAtUnixS level affectedToo stillOff isSensorBacked contradiction{kind atUnixS deviceId sequence}finalized}'

export const AreaName: Query<AreaNameQuery, AreaNameQueryVariables> =
  'query AreaName($id:String!){area(id:$id){name utcOffsetS}}'

export const FeederName: Query<FeederNameQuery, FeederNameQueryVariables> =
  'query FeederName($id:String!){feeder(id:$id){name}}'

export const SiteName: Query<SiteNameQuery, SiteNameQueryVariables> =
  'query SiteName($id:String!){site(siteId:$id){locality}}'
