// Made by scripts/types.mjs (npm run types -w dapp). A test fails where it differs from that.
import type { Query } from '../client'
import type { OverviewQuery, OverviewQueryVariables, AreaFeedersQuery, AreaFeedersQueryVariables } from './types'

export const Overview: Query<OverviewQuery, OverviewQueryVariables> =
  'query Overview{_meta{...About}areas{...AreaLine}}fragment About on Meta{nowUnixS provenance{kind source shiftS uncertaintyS}}fragment AreaLine on Area{areaId name utcOffsetS provenance customers houses asOfUnixS sitesByState{...Counts}customersByState{...Counts}}fragment Counts on StateCounts{on off noData total}'

export const AreaFeeders: Query<AreaFeedersQuery, AreaFeedersQueryVariables> =
  'query AreaFeeders($areaId:String!){feeders(areaId:$areaId){...FeederLine sites{now{state sinceUnixS anchored}}}}fragment FeederLine on Feeder{feederId name areaId sitesByState{...Counts}customersByState{...Counts}isWholeFeederOff}fragment Counts on StateCounts{on off noData total}'
