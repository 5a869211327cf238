// Every query against the API's schema, and the generated files against what makes them.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { buildSchema, parse, validate } from 'graphql'
import { describe, expect, it } from 'vitest'
import { documents, generate, schemaText, target } from '../../scripts/types.mjs'

const schema = buildSchema(schemaText())
const files = await generate()

describe('queries', () => {
  it('all fit the schema together', () => {
    const definitions = documents().flatMap(({ document }) => document.definitions)
    expect(validate(schema, { kind: 'Document', definitions } as never)).toEqual([])
  })

  it.each(Object.entries(files).filter(([name]) => name !== 'types.ts'))('each text of %s fits the schema by itself', (_, content) => {
    const texts = [...content.matchAll(/^ {2}'(.*)'$/gm)].map(([, text]) => text!)
    expect(texts.length).toBeGreaterThan(0)
    for (const text of texts) expect(validate(schema, parse(text))).toEqual([])
  })

  it('a field that the schema does not have is found', () => {
    expect(validate(schema, parse('{ areas { colour } }'))).not.toEqual([])
  })

  it.each(Object.entries(files))('%s is what the documents give (npm run types -w dapp)', (name, content) => {
    expect(readFileSync(join(target, name), 'utf8')).toBe(content)
  })
})
