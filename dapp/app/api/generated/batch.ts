// Made by scripts/types.mjs (npm run types -w dapp). A test fails where it differs from that.
import type { Query } from '../client'
import type { BatchPageQuery, BatchPageQueryVariables } from './types'

export const BatchPage: Query<BatchPageQuery, BatchPageQueryVariables> =
  'query BatchPage($areaId:String!$number:Int53!){_meta{...About}area(id:$areaId){areaId name utcOffsetS firstBatchNumber batches(first:1){number}}batch(areaId:$areaId number:$number){...BatchLine root digest uri previousDigest offRecords blockNumber blockHash transactionHash rosterVersion blockUris bytes cells{...CellLine}spans{deviceId firstSequence lastSequence}flags{deviceId sequence flag}}}fragment About on Meta{nowUnixS provenance{kind source shiftS uncertaintyS}}fragment BatchLine on Batch{areaId number status reason count publicCount sealedCount periodStartUnixS periodEndUnixS anchoredAtUnixS finalized}fragment CellLine on Cell{cell expected reporting off mask batchNumber}'
