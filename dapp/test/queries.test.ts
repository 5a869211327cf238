// Every query of the page against the API's schema, and the types beside them against what it would answer.
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { buildSchema, graphqlSync, parse, validate } from 'graphql'
import { describe, expect, it } from 'vitest'
import * as queries from '../app/api/queries'
import type { AreaSites, Overview } from '../app/api/types'
import { area, meta, site } from './fixtures'

const path = fileURLToPath(new URL('../../graphql/schema.graphql', import.meta.url))
const schema = buildSchema(readFileSync(path, 'utf8'))

describe('queries', () => {
  it.each(Object.entries(queries))('%s fits the schema', (_, query) => {
    expect(validate(schema, parse(query))).toEqual([])
  })

  it('a field that the schema does not have is found', () => {
    expect(validate(schema, parse('{ areas { colour } }'))).not.toEqual([])
  })

  it('the overview answers its type, no field more or less', () => {
    const overview: Overview = { _meta: meta, areas: [area] }
    const answer = graphqlSync({ schema, source: queries.OVERVIEW, rootValue: overview })
    expect(answer.errors).toBeUndefined()
    expect(JSON.parse(JSON.stringify(answer.data))).toEqual(overview)
  })

  it('the sites of an area answer their type, no field more or less', () => {
    const sites: AreaSites = { area: { sites: [site] } }
    const answer = graphqlSync({ schema, source: queries.AREA_SITES, rootValue: sites, variableValues: { areaId: 'a' } })
    expect(answer.errors).toBeUndefined()
    expect(JSON.parse(JSON.stringify(answer.data))).toEqual(sites)
  })
})
