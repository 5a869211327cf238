// Run by add.rs: `node unixfs-importer.mjs FOLDER CID_VERSION`. Prints a line `CID PATH` for each file and folder in
// it, as npm's ipfs-unixfs-importer makes them with Kubo's chunks and width; the folder itself has an empty path.
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { importer } from 'ipfs-unixfs-importer'
import { fixedSize } from 'ipfs-unixfs-importer/chunker'
import { balanced } from 'ipfs-unixfs-importer/layout'

const [folder, cidVersion] = process.argv.slice(2)
const nowhere = { put: async (cid) => cid }

function * entries (below) {
  for (const name of readdirSync(join(folder, below))) {
    const path = below === '' ? name : `${below}/${name}`
    if (statSync(join(folder, path)).isDirectory()) {
      yield { path }
      yield * entries(path)
    } else {
      yield { path, content: readFileSync(join(folder, path)) }
    }
  }
}

const options = {
  cidVersion: Number(cidVersion),
  rawLeaves: cidVersion === '1',
  chunker: fixedSize({ chunkSize: 262144 }),
  layout: balanced({ maxChildrenPerNode: 174 }),
  wrapWithDirectory: true
}
for await (const { cid, path } of importer(entries(''), nowhere, options)) console.log(`${cid} ${path ?? ''}`)
