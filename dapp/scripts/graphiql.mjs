// Puts GraphiQL's scripts where the origin serves them (/graphiql-assets), from the packages that npm installed.
import { copyFileSync, mkdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const require = createRequire(import.meta.url)
const target = join(dirname(fileURLToPath(import.meta.url)), '../public/graphiql-assets')
const files = [
  'graphiql/graphiql.min.css',
  'graphiql/graphiql.min.js',
  'react/umd/react.production.min.js',
  'react-dom/umd/react-dom.production.min.js',
]

mkdirSync(target, { recursive: true })
for (const file of files) {
  const [name, ...path] = file.split('/')
  copyFileSync(join(dirname(require.resolve(`${name}/package.json`)), ...path), join(target, basename(file)))
}
