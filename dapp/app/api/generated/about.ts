// Made by scripts/types.mjs (npm run types -w dapp). A test fails where it differs from that.
import type { Query } from '../client'
import type { AboutServiceQuery, AboutServiceQueryVariables } from './types'

export const AboutService: Query<AboutServiceQuery, AboutServiceQueryVariables> =
  'query AboutService{_meta{...About chainId anchors rosters headNumber indexedNumber finalizedNumber lagS recordsReceived recordsVerified recordsRefused batchesVerified batchesFailed batchesWaiting}}fragment About on Meta{nowUnixS provenance{kind source shiftS uncertaintyS}}'
