// Files a complaint without a browser, as the page would: signed with a fresh key, with its words and its evidence.
import { parseInstallation } from '../../../app/complaint/installation'
import { effortHash, leadingZeroBits } from '../../../app/complaint/effort'
import { addressOf, freshKey, signWithKey } from '../../../app/complaint/key'
import { makeTextBlock } from '../../../app/complaint/text'
import { complaintsDomain, filingId, statementDigest } from '../../../app/complaint/typed-data'
import { fromHex } from '../../../app/proof/bytes'
import { query } from './ask'
import type { Endpoints } from './devnet'
import { until } from './until'

export interface Place {
  areaId: string
  siteId: string
  feederId: string
}

const DAY_S = 86_400

/** Files these words for a place, and waits until the service has the complaint from the chain; gives its id. */
export async function fileDirectly(endpoints: Endpoints, { areaId, siteId, feederId }: Place, words: string, kind?: string): Promise<string> {
  const found = parseInstallation(await (await fetch(new URL('config.json', endpoints.dapp_url))).json())!
  const domain = complaintsDomain(found.chainId, found.complaints)
  const now = Math.floor(Date.now() / 1000)
  const ask = <T>(text: string, variables: object) => query<T>(endpoints, text, variables)
  const { complaintClasses, sponsorship, evidence } = await ask<{ complaintClasses: { class: string }[]; sponsorship: { effortBits: number }; evidence: { block: string; digest: string } }>(
    `query($areaId: String!, $siteId: String!, $from: Int53!, $to: Int53!) { complaintClasses(areaId: $areaId) { class } sponsorship(areaId: $areaId) { effortBits }
      evidence(areaId: $areaId, siteId: $siteId, fromUnixS: $from, toUnixS: $to) { block digest } }`,
    { areaId, siteId, from: now - DAY_S, to: now - 1 },
  )
  const key = freshKey()
  const { block, digest } = await makeTextBlock(words)
  const filing = { area: areaId, site: siteId, feeder: feederId, class: kind ?? complaintClasses[0]!.class, text: digest, evidence: `0x${evidence.digest}`, filer: addressOf(key) }
  const statement = { type: 'SignedFiling' as const, message: { filing, deadline: now + 3_600 } }
  const signed = fromHex(statementDigest(statement, domain).slice(2))!
  let effort = 0
  while (leadingZeroBits(effortHash(signed, effort)) < sponsorship.effortBits) effort++
  const payload = JSON.stringify(statement.message)
  await ask('mutation($payload: String!, $signature: String!, $effort: Int53!) { submit(kind: FILING, payload: $payload, signature: $signature, effort: $effort) { id } }', { payload, signature: signWithKey(statement, domain, key), effort })
  await ask('mutation($block: String!, $evidence: String!) { submitText(block: $block) submitEvidence(block: $evidence) }', { block, evidence: evidence.block })
  const id = filingId(filing, domain)
  await until(`complaint ${id} is on the chain`, async () => (await ask<{ complaint: unknown }>('query($id: String!) { complaint(id: $id) { id } }', { id })).complaint)
  return id
}
