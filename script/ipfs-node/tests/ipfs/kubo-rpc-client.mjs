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

await refused(ipfs.block.put(bytes, { format: 'dag-pb' }), /is not supported/)
await refused(ipfs.block.put(new Uint8Array(1024 * 1024 + 1)), /over 1MiB/)
const nobodys = CID.parse('bafkreiaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa')
await refused(ipfs.block.get(nobodys, { offline: true }), /could not find/)

equal(await ipfs.swarm.connect(otherAddress), [`connect ${otherPeerId} success`])
equal((await ipfs.swarm.peers()).map(({ peer }) => peer.toString()), [otherPeerId])
await refused(ipfs.block.get(nobodys, { timeout: 300 }), /timed out|deadline/i)
console.log(`${checks} checks passed`)
