// Made by scripts/types.mjs (npm run types -w dapp). A test fails where it differs from that.
import type { Query } from '../client'
import type { FeederPageQuery, FeederPageQueryVariables } from './types'

export const FeederPage: Query<FeederPageQuery, FeederPageQueryVariables> =
  'query FeederPage($id:String!$fromUnixS:Int53!){_meta{...About}feeder(id:$id){...FeederLine stationId sites{...SiteLine}}outages(feederId:$id fromUnixS:$fromUnixS first:300){items{...OutageLine site{siteId locality kind}}hasMore}areas{areaId name utcOffsetS asOfUnixS}}fragment About on Meta{nowUnixS provenance{kind source shiftS uncertaintyS}}fragment FeederLine on Feeder{feederId name areaId sitesByState{...Counts}customersByState{...Counts}isWholeFeederOff}fragment Counts on StateCounts{on off noData total}fragment SiteLine on Site{siteId deviceId kind locality areaId feederId feederName customers now{...Now}}fragment Now on SiteState{state sinceUnixS lastHeardUnixS sequence anchored batchNumber}fragment OutageLine on Outage{id deviceId areaId feederId kind startUnixS startSequence endUnixS endSequence startUncertain endUncertain durationS}'
