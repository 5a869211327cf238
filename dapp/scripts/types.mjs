// Makes app/api/generated/ from graphql/schema.graphql and app/api/documents/: `types.ts` says what each query takes and
// answers, and each file of queries becomes a module with their texts. `npm run types -w dapp` writes them; a test fails
// where a file differs from what this gives.
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { argv } from 'node:process'
import { fileURLToPath } from 'node:url'
import { codegen } from '@graphql-codegen/core'
import * as operations from '@graphql-codegen/typescript-operations'
import { Kind, parse, print, stripIgnoredCharacters, visit } from 'graphql'

const dapp = join(dirname(fileURLToPath(import.meta.url)), '..')
const folder = join(dapp, 'app/api/documents')
export const target = join(dapp, 'app/api/generated')

const MADE_BY = '// Made by scripts/types.mjs (npm run types -w dapp). A test fails where it differs from that.\n'

export const schemaText = () => readFileSync(join(dapp, '../graphql/schema.graphql'), 'utf8')

export const documents = () =>
  readdirSync(folder)
    .filter((name) => name.endsWith('.graphql'))
    .sort()
    .map((name) => ({ location: basename(name, '.graphql'), document: parse(readFileSync(join(folder, name), 'utf8')) }))

/** The query's text with the fragments that it uses, without spaces that nobody needs. */
function text(query, fragments) {
  const used = new Map()
  const collect = (node) =>
    visit(node, {
      FragmentSpread({ name }) {
        if (used.has(name.value)) return
        const fragment = fragments.get(name.value)
        used.set(name.value, fragment)
        collect(fragment)
      },
    })
  collect(query)
  return stripIgnoredCharacters([query, ...used.values()].map((node) => print(node)).join('\n'))
}

/** Content of each generated file by its name. */
export async function generate() {
  const all = documents()
  const definitions = all.flatMap(({ document }) => document.definitions)
  const fragments = new Map(definitions.filter((d) => d.kind === Kind.FRAGMENT_DEFINITION).map((d) => [d.name.value, d]))
  const types = await codegen({
    filename: 'types.ts',
    schema: parse(schemaText()),
    documents: all,
    config: { scalars: { Int53: 'number' }, enumType: 'string-literal', skipTypename: true, exportFragmentSpreadSubTypes: true },
    plugins: [{ operations: {} }],
    pluginMap: { operations },
  })
  const files = { 'types.ts': `${MADE_BY}${types.trim()}\n` }
  for (const { location, document } of all) {
    const queries = document.definitions.filter((d) => d.kind === Kind.OPERATION_DEFINITION)
    if (queries.length === 0) continue
    /** `SitePageQuery`, `SubmitMutation`. */
    const typeOf = (query) => `${query.name.value}${query.operation === 'mutation' ? 'Mutation' : 'Query'}`
    const imports = queries.flatMap((query) => [typeOf(query), `${typeOf(query)}Variables`])
    const constants = queries.map(
      (query) =>
        `export const ${query.name.value}: Query<${typeOf(query)}, ${typeOf(query)}Variables> =\n  '${text(query, fragments)}'\n`,
    )
    files[`${location}.ts`] =
      `${MADE_BY}import type { Query } from '../client'\nimport type { ${imports.join(', ')} } from './types'\n\n${constants.join('\n')}`
  }
  return files
}

if (argv[1] === fileURLToPath(import.meta.url)) {
  mkdirSync(target, { recursive: true })
  for (const [name, content] of Object.entries(await generate())) writeFileSync(join(target, name), content)
}
