// Ends a build: leaves out what a page with addresses behind the # does not need, and says the folder's CID (as Kubo's
// `ipfs add -r --cid-version 1` gives it), which is written beside the folder.
import { createReadStream, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { BlackHoleBlockstore } from 'blockstore-core/black-hole'
import { importer } from 'ipfs-unixfs-importer'
import { fixedSize } from 'ipfs-unixfs-importer/chunker'
import { balanced } from 'ipfs-unixfs-importer/layout'

const output = join(dirname(fileURLToPath(import.meta.url)), '../.output')
const folder = join(output, 'public')
/** Kubo's defaults. */
const CHUNK_BYTES = 262_144
const LINKS = 174

for (const extra of ['200.html', '404.html']) rmSync(join(folder, extra), { force: true })

function* files() {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true })
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  for (const path of paths.sort()) yield { path: relative(folder, path).split(sep).join('/'), content: createReadStream(path) }
}

let root
const options = {
  cidVersion: 1,
  rawLeaves: true,
  wrapWithDirectory: true,
  chunker: fixedSize({ chunkSize: CHUNK_BYTES }),
  layout: balanced({ maxChildrenPerNode: LINKS }),
}
for await (const entry of importer(files(), new BlackHoleBlockstore(), options)) root = entry
const cid = root.cid.toString()
writeFileSync(join(output, 'cid'), `${cid}\n`)
console.log(`page: ${folder}\nCID:  ${cid}`)
