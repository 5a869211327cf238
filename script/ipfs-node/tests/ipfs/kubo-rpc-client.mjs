// Run by rpc.rs: `node kubo-rpc-client.mjs API_URL PEER_ID OTHER_ADDRESS OTHER_PEER_ID`. Throws on the first difference.
import assert from 'node:assert/strict'
import { create, CID } from 'kubo-rpc-client'

const [apiUrl, peerId, otherAddress, otherPeerId] = process.argv.slice(2)
const ipfs = create({ url: apiUrl })
const hello = 'bafkreifjjcie6lypi6ny7amxnfftagclbuxndqonfipmb64f2km2devei4'
const bytes = new TextEncoder().encode('hello world\n')
let checks = 0
const equal = (actual, expected) => { assert.deepEqual(actual, expected); checks++ }
const refused = async (promise, pattern) => { await assert.rejects(promise, pattern); checks++ }
const all = async (stream) => { const list = []; for await (const item of stream) list.push(item); return list }

const id = await ipfs.id()
equal(id.id.toString(), peerId)
equal(id.addresses, [])
assert.match(id.agentVersion, /^power-tracker-ipfs\//)
equal(typeof (await ipfs.version()).version, 'string')

equal((await ipfs.block.put(bytes)).toString(), hello)
equal((await ipfs.block.put(bytes, { format: 'raw', mhtype: 'sha2-256' })).toString(), hello)
equal(Buffer.from(await ipfs.block.get(CID.parse(hello))), Buffer.from(bytes))
const stat = await ipfs.block.stat(CID.parse(hello))
equal([stat.cid.toString(), stat.size], [hello, 12])

await refused(all(ipfs.pin.ls({ paths: hello })), /is not pinned/)
equal((await ipfs.pin.add(hello)).toString(), hello)
const pins = (list) => list.map(({ cid, type }) => `${cid} ${type}`).sort()
equal(pins(await all(ipfs.pin.ls({ paths: hello }))), [`${hello} recursive`])
const pinned = await ipfs.block.put(new TextEncoder().encode('pinned as it was put'), { pin: true })
equal(pins(await all(ipfs.pin.ls())), [`${hello} recursive`, `${pinned} recursive`].sort())
equal(pins(await all(ipfs.pin.ls({ type: 'direct' }))), [])

await refused(ipfs.block.put(bytes, { format: 'dag-cbor' }), /is not supported/)
await refused(ipfs.block.put(new Uint8Array(1024 * 1024 + 1)), /over 1MiB/)
const nobodys = CID.parse('bafkreiaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa')
await refused(ipfs.block.get(nobodys, { offline: true }), /could not find/)

// A folder, as the client's users add one; then what must not be.
const folder = [
  { path: 'site/index.html', content: bytes },
  { path: 'site/sub/छोटा.txt', content: bytes },
  { path: 'site/empty' }
]
const added = await all(ipfs.addAll(folder, { cidVersion: 1 }))
equal(added.map(({ path, size }) => `${path} ${size}`), [
  'site/index.html 12', 'site/sub/छोटा.txt 12', 'site/empty 4', 'site/sub 76', 'site 246'
])
equal(added[0].cid.toString(), hello)
equal(pins(await all(ipfs.pin.ls({ paths: added.at(-1).cid }))), [`${added.at(-1).cid} recursive`])
const wrapped = await ipfs.add({ path: 'hello.txt', content: bytes }, { cidVersion: 1, wrapWithDirectory: true })
equal([wrapped.path, wrapped.size], ['', 69])
const plain = await ipfs.add(bytes)
equal([plain.path, plain.cid.toString()], Array(2).fill('QmT78zSuBmuS4z925WZfrqQ1qHaJ56DQaTfyMUF7F8ff5o'))
const reported = []
await ipfs.add(new Uint8Array(600_000), { cidVersion: 1, progress: (bytes) => reported.push(bytes) })
equal([reported.length > 1, reported.at(-1)], [true, 600_000])
await refused(ipfs.add({ path: '../x', content: bytes }), /invalid file name/)
await refused(ipfs.add(bytes, { hashAlg: 'sha3-256', hash: 'sha3-256' }), /is not supported/)

equal(await ipfs.swarm.connect(otherAddress), [`connect ${otherPeerId} success`])
equal((await ipfs.swarm.peers()).map(({ peer }) => peer.toString()), [otherPeerId])
await refused(ipfs.block.get(nobodys, { timeout: 300 }), /timed out|deadline/i)
console.log(`${checks} checks passed`)
