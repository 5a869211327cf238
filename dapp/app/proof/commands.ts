// The same check as commands for a terminal, filled in with this reading's values. What goes into them has passed the
// canonical parsers, and is quoted all the same: a service must not be able to write into a reader's shell.
import { asciiText, fromHex, toHex } from './bytes'
import { areaBytes32 } from './area'
import { cidOf } from './cid'
import type { Endpoints } from './endpoints'
import type { DeviceRecord } from './record'
import type { Evidence } from './service'

/** What the commands check; the later ones need what the full check found. */
export type CommandId = 'inclusion' | 'blocks' | 'signature' | 'verifier'

export interface Commands {
  id: CommandId
  /** For bash. */
  text: string
}

/** What is known so far; each part adds the commands that need it. */
export interface Known {
  deviceId: string
  sequence: number
  endpoints: Endpoints
  found?: { evidence: Evidence; record: DeviceRecord }
  /** Of the block that holds the record. */
  block?: { digest: string; line: number }
  /** The device's key by the roster: the uncompressed point in hex. */
  publicKey?: string
}

/** Bytes given in hex. */
const BYTES = String.raw`bytes() { printf '%b' "$(sed 's/../\\x&/g' <<<"$1")"; }`
const BATCH_CALL = "'batch(bytes32,uint64)(bytes32,bytes32,uint32,uint40,uint40,uint40)'"
/** SubjectPublicKeyInfo of an uncompressed P-256 point, up to the point (RFC 5480). */
const SPKI = '3059301306072a8648ce3d020106082a8648ce3d030107034200'

/** One argument for a shell, whatever it holds. */
export const quoted = (text: string): string => `'${text.replace(/'/g, String.raw`'\''`)}'`

/** Everything that can be pasted now. */
export function commandsFor(known: Known): Commands[] {
  const { found, block, publicKey } = known
  const commands: Commands[] = []
  if (found) commands.push({ id: 'inclusion', text: inclusion(known.endpoints, found) })
  if (found && block) commands.push({ id: 'blocks', text: blocks(known.endpoints, found, block) })
  if (found && publicKey) commands.push({ id: 'signature', text: signature(found.record, publicKey) })
  return [...commands, { id: 'verifier', text: verifier(known) }]
}

const batchCall = ({ rpcUrl, anchors }: Endpoints, { areaId, batchNumber }: Evidence) =>
  `cast call --rpc-url ${quoted(rpcUrl)} ${anchors} ${BATCH_CALL} \\\n  ${areaBytes32(areaId)} ${batchNumber}`

function inclusion(endpoints: Endpoints, { evidence, record }: NonNullable<Known['found']>): string {
  return [
    `RECORD=${quoted(asciiText(record.bytes))}`,
    `${BYTES}; sha() { bytes "$1" | sha256sum | cut -c1-64; }`,
    '',
    '# Its leaf, and the nodes above it (RFC 6962).',
    String.raw`HASH=$(printf '\0%s' "$RECORD" | sha256sum | cut -c1-64)`,
    ...sides(evidence).map(([side, hash]) => (side === 'left' ? `HASH=$(sha 01${hash}$HASH)` : `HASH=$(sha 01\${HASH}${hash})`)),
    '',
    `# What the chain holds, which must be chain ${endpoints.chainId}.`,
    `cast chain-id --rpc-url ${quoted(endpoints.rpcUrl)}`,
    `ROOT=$(${batchCall(endpoints, evidence)} | head -1)`,
    'echo "computed 0x$HASH"; echo "on chain $ROOT"',
    '[ "0x$HASH" = "$ROOT" ] && echo EQUAL || echo DIFFERENT',
  ].join('\n')
}

/** On which side of the hash so far each sibling stands (RFC 9162 section 2.1.3.2). */
function sides({ leafIndex, treeSize, path }: Evidence): [side: 'left' | 'right', hash: string][] {
  let index = leafIndex
  let last = treeSize - 1
  const up = () => {
    index = Math.floor(index / 2)
    last = Math.floor(last / 2)
  }
  return path.map((sibling) => {
    const isLeft = index % 2 === 1 || index === last
    while (isLeft && index % 2 === 0 && index !== 0) up()
    up()
    return [isLeft ? 'left' : 'right', toHex(sibling)]
  })
}

function blocks(endpoints: Endpoints, { evidence }: NonNullable<Known['found']>, block: NonNullable<Known['block']>): string {
  const fetched = (cid: string, file: string) =>
    `curl -fsS ${quoted(endpoints.gatewayUrl)}"${cid}"${quoted('?format=raw')} -o ${file}`
  return [
    BYTES,
    '# The header block, by the digest that the chain holds; its name on IPFS is the digest in base32.',
    `DIGEST=$(${batchCall(endpoints, evidence)} | sed -n 2p | cut -c3-)`,
    'CID=b$(bytes "01551220$DIGEST" | base32 -w0 | tr A-Z a-z | tr -d =)',
    fetched('$CID', 'header.json'),
    '[ "$(sha256sum <header.json | cut -c1-64)" = "$DIGEST" ] && echo EQUAL || echo DIFFERENT',
    'jq . header.json',
    '',
    '# The block that holds the record: the header lists it, its bytes have that digest, and the record is its line.',
    `jq -e 'any(.blocks[]; . == "${block.digest}")' header.json`,
    fetched(cidOf(block.digest), 'block.txt'),
    `[ "$(sha256sum <block.txt | cut -c1-64)" = ${block.digest} ] && echo EQUAL || echo DIFFERENT`,
    `sed -n ${block.line}p block.txt`,
  ].join('\n')
}

function signature(record: DeviceRecord, publicKey: string): string {
  return [
    '# The record without its signature is what the device signed; the key is that of its row in the roster.',
    BYTES,
    `printf '%s' ${quoted(asciiText(record.signedBytes))} >signed.json`,
    `bytes ${SPKI}${publicKey} >key.der`,
    `bytes ${derSignature(record.signature)} >signature.der`,
    'openssl dgst -sha256 -verify key.der -keyform DER -signature signature.der signed.json',
  ].join('\n')
}

/** R‖S as the DER sequence of two integers that openssl takes (RFC 3279 section 2.2.3). */
function derSignature(signature: Uint8Array): string {
  const integer = (bytes: Uint8Array) => {
    const digits = toHex(bytes).replace(/^(?:00)+/, '')
    const value = Number.parseInt(digits[0] ?? '0', 16) >= 8 ? `00${digits}` : digits
    return tagged('02', value)
  }
  return tagged('30', integer(signature.slice(0, 32)) + integer(signature.slice(32)))
}

const tagged = (tag: string, hex: string) => tag + toHex(Uint8Array.of(fromHex(hex)?.length ?? 0)) + hex

function verifier({ deviceId, sequence, endpoints, found }: Known): string {
  const place = found ? ` --area ${found.evidence.areaId} --batch ${found.evidence.batchNumber}` : ''
  return [
    '# All of it, in a checkout of this project and with an IPFS node of your own.',
    `cargo run -q -p verifier -- record --device ${quoted(deviceId)} --sequence ${sequence}${place} \\`,
    `  --rpc-url ${quoted(endpoints.rpcUrl)} --ipfs-api http://127.0.0.1:5001 \\`,
    `  --anchors ${endpoints.anchors} --rosters ${endpoints.rosters}`,
  ].join('\n')
}
