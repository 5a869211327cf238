// Made by scripts/types.mjs (npm run types -w dapp). A test fails where it differs from that.
import type { Query } from '../client'
import type { ProvenanceQuery, ProvenanceQueryVariables } from './types'

export const Provenance: Query<ProvenanceQuery, ProvenanceQueryVariables> =
  'query Provenance{_meta{...About}}fragment About on Meta{nowUnixS provenance{kind source shiftS uncertaintyS}}'
