// Made by scripts/types.mjs (npm run types -w dapp). A test fails where it differs from that.
import type { Query } from '../client'
import type { NamesQuery, NamesQueryVariables, SearchNamesQuery, SearchNamesQueryVariables } from './types'

export const Names: Query<NamesQuery, NamesQueryVariables> =
  'query Names($first:Int!$after:String){names(first:$first after:$after){items{kind id name areaId feederId latitudeDeg longitudeDeg}hasMore endCursor total}}'

export const SearchNames: Query<SearchNamesQuery, SearchNamesQueryVariables> =
  'query SearchNames($text:String!$first:Int!){search(text:$text first:$first){kind id name areaId feederId latitudeDeg longitudeDeg}}'
