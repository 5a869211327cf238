// Made by scripts/types.mjs (npm run types -w dapp). A test fails where it differs from that.
import type { Query } from '../client'
import type { SponsorshipQuery, SponsorshipQueryVariables, SubmissionStateQuery, SubmissionStateQueryVariables, SubmitMutation, SubmitMutationVariables, SubmitTextMutation, SubmitTextMutationVariables, EvidenceQuery, EvidenceQueryVariables, SubmitEvidenceMutation, SubmitEvidenceMutationVariables, SubmitNoteMutation, SubmitNoteMutationVariables } from './types'

export const Sponsorship: Query<SponsorshipQuery, SponsorshipQueryVariables> =
  'query Sponsorship($areaId:String!){sponsorship(areaId:$areaId){isOffered effortBits filingsLeft remarksLeft actionsLeft freeAtUnixS}}'

export const SubmissionState: Query<SubmissionStateQuery, SubmissionStateQueryVariables> =
  'query SubmissionState($id:String!){submission(id:$id){...SubmissionLine}}fragment SubmissionLine on Submission{id state reason reasonName transactionHash}'

export const Submit: Query<SubmitMutation, SubmitMutationVariables> =
  'mutation Submit($kind:SubmissionKind!$payload:String!$signature:String!$effort:Int53!){submit(kind:$kind payload:$payload signature:$signature effort:$effort){...SubmissionLine}}fragment SubmissionLine on Submission{id state reason reasonName transactionHash}'

export const SubmitText: Query<SubmitTextMutation, SubmitTextMutationVariables> =
  'mutation SubmitText($block:String!){submitText(block:$block)}'

export const Evidence: Query<EvidenceQuery, EvidenceQueryVariables> =
  'query Evidence($areaId:String!$siteId:String$feederId:String$fromUnixS:Int53!$toUnixS:Int53!){evidence(areaId:$areaId siteId:$siteId feederId:$feederId fromUnixS:$fromUnixS toUnixS:$toUnixS){block digest records}}'

export const SubmitEvidence: Query<SubmitEvidenceMutation, SubmitEvidenceMutationVariables> =
  'mutation SubmitEvidence($block:String!){submitEvidence(block:$block)}'

export const SubmitNote: Query<SubmitNoteMutation, SubmitNoteMutationVariables> =
  'mutation SubmitNote($note:String!$transactionHash:String){submitNote(note:$note transactionHash:$transactionHash)}'
