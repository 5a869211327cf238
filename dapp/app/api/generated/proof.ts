// Made by scripts/types.mjs (npm run types -w dapp). A test fails where it differs from that.
import type { Query } from '../client'
import type { ProofChainQuery, ProofChainQueryVariables, ProofEvidenceQuery, ProofEvidenceQueryVariables, ProofLayoutQuery, ProofLayoutQueryVariables } from './types'

export const ProofChain: Query<ProofChainQuery, ProofChainQueryVariables> =
  'query ProofChain{_meta{chainId anchors rosters}}'

export const ProofEvidence: Query<ProofEvidenceQuery, ProofEvidenceQueryVariables> =
  'query ProofEvidence($deviceId:String!$sequence:Int53!$batchNumber:Int53){record(deviceId:$deviceId sequence:$sequence batchNumber:$batchNumber){record areaId batchNumber proof{leafIndex treeSize path}}}'

export const ProofLayout: Query<ProofLayoutQuery, ProofLayoutQueryVariables> =
  'query ProofLayout($deviceId:String!$sequence:Int53!$areaId:String!$batchNumber:Int53!){record(deviceId:$deviceId sequence:$sequence batchNumber:$batchNumber){blockCid blockLine}batch(areaId:$areaId number:$batchNumber){bytes blockUris}}'
