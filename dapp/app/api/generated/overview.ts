// Made by scripts/types.mjs (npm run types -w dapp). A test fails where it differs from that.
import type { Query } from '../client'
import type { OverviewQuery, OverviewQueryVariables, AreaFeedersQuery, AreaFeedersQueryVariables } from './types'

export const Overview: Query<OverviewQuery, OverviewQueryVariables> =
  'query Overview($east:MapWindow!$west:MapWindow!){_meta{...About}east:map(window:$east zoom:5){...OverviewMap}west:map(window:$west zoom:5){...OverviewMap}}fragment About on Meta{nowUnixS provenance{kind source shiftS uncertaintyS}}fragment OverviewMap on MapView{areas{...OverviewArea}groups{sitesByState{...Counts}customersByState{...Counts}}}fragment OverviewArea on AreaMark{areaId name sitesByState{...Counts}customersByState{...Counts}}fragment Counts on StateCounts{on off noData total}'

export const AreaFeeders: Query<AreaFeedersQuery, AreaFeedersQueryVariables> =
  'query AreaFeeders($areaId:String!){area(id:$areaId){areaId utcOffsetS feeders{...FeederLine sites{now{state sinceUnixS anchored}}}}}fragment FeederLine on Feeder{feederId name areaId sitesByState{...Counts}customersByState{...Counts}isWholeFeederOff}fragment Counts on StateCounts{on off noData total}'
