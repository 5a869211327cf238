// Made by scripts/types.mjs (npm run types -w dapp). A test fails where it differs from that.
import type { Query } from '../client'
import type { NamesQuery, NamesQueryVariables } from './types'

export const Names: Query<NamesQuery, NamesQueryVariables> =
  'query Names{areas{areaId name feeders{feederId name sites{siteId locality customers}}}}'
