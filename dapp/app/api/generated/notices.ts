// Made by scripts/types.mjs (npm run types -w dapp). A test fails where it differs from that.
import type { Query } from '../client'
import type { NoticesQuery, NoticesQueryVariables } from './types'

export const Notices: Query<NoticesQuery, NoticesQueryVariables> =
  'query Notices($areaId:String!){_meta{...About}area(id:$areaId){utcOffsetS feeders{feederId name}}notices(areaId:$areaId first:100){...NoticeLine}}fragment About on Meta{nowUnixS provenance{kind source shiftS uncertaintyS}}fragment NoticeLine on Notice{id areaId feederId signer signerLevel startUnixS endUnixS restorationUnixS reason withdrawn changes changedBy isLate atUnixS transactionHash}'
