// Answers in JSON, of which nothing is believed: each value is looked at before it is used.
import { ProofError } from './error'
import type { Answer, Http, Request } from './http'

export type JsonObject = { readonly [name: string]: unknown }

export const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Characters of a server's own words that are shown. */
const MAX_WORDS = 200

/** A server's own words: shortened, and without what would move the cursor or hide text. */
export const words = (text: unknown): string =>
  (typeof text === 'string' ? text : 'unknown').replace(/[\p{C}\p{Z}]+/gu, ' ').slice(0, MAX_WORDS)

/** Posts JSON and reads an object. An answer with another status is taken if it is one: nodes put errors in those. */
export async function postJson(http: Http, request: Omit<Request, 'body'>, body: unknown): Promise<JsonObject> {
  const answer = await http({ ...request, body: JSON.stringify(body) })
  const value = parse(answer)
  if (isObject(value) && (isOk(answer) || 'error' in value || 'errors' in value)) return value
  if (!isOk(answer)) throw new ProofError('status', { who: request.who, url: request.url, status: answer.status })
  throw new ProofError(value === undefined ? 'notJson' : 'badAnswer', { who: request.who, url: request.url })
}

const isOk = ({ status }: Answer) => status >= 200 && status < 300

function parse({ bytes }: Answer): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)) as unknown
  } catch {
    return undefined
  }
}
