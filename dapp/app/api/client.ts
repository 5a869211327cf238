// The only place that talks to the API. Whoever calls it names a query of `generated/`, whose types fit the schema.
import { serviceUrl } from './service'

/** A query's text, with the types of what it takes and answers. */
export type Query<Result, Variables> = string & { readonly __takes?: Variables; readonly __answers?: Result }

/** Milliseconds that an answer is waited for. */
export const TIMEOUT_MS = 20_000

/** Why there is no answer. */
export type ApiProblem =
  /** No connection: no network, no such host, or a host that does not let this page ask. */
  | 'unreachable'
  /** No answer in time. */
  | 'timeout'
  /** Something answered that is not this API. */
  | 'notTheService'
  /** The API refused or could not answer. */
  | 'refused'

/** What went wrong; `detail` is the service's own word, to be shown as text. */
export class ApiError extends Error {
  constructor(
    readonly problem: ApiProblem,
    readonly detail = '',
    /** The API's own code for it, such as `USED_UP`. */
    readonly code = '',
  ) {
    super(`${problem}${detail ? `: ${detail}` : ''}`)
  }
}

interface Answer<T> {
  data?: T | null
  errors?: { message: string; extensions?: { code?: string } }[]
}

/** Asks the API. Throws an ApiError where there is no answer or a part of it is missing. */
export async function ask<Result, Variables>(
  query: Query<Result, Variables>,
  variables: Variables,
  signal?: AbortSignal,
): Promise<Result> {
  const answer = await fetchAnswer<Result>(JSON.stringify({ query, variables }), signal)
  const problem = answer.errors?.[0]
  if (problem) throw new ApiError('refused', problem.message, problem.extensions?.code)
  if (!answer.data) throw new ApiError('notTheService')
  return answer.data
}

async function fetchAnswer<T>(body: string, given?: AbortSignal): Promise<Answer<T>> {
  // By hand: AbortSignal.any is missing in the browsers of older phones.
  const stop = new AbortController()
  let isTimeout = false
  const timer = setTimeout(() => {
    isTimeout = true
    stop.abort()
  }, TIMEOUT_MS)
  const giveUp = () => stop.abort()
  given?.addEventListener('abort', giveUp)
  try {
    const response = await fetch(serviceUrl('graphql'), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
      signal: stop.signal,
    })
    return parsed(await response.text(), response.status)
  } catch (problem) {
    if (problem instanceof ApiError || given?.aborted) throw problem
    throw new ApiError(isTimeout ? 'timeout' : 'unreachable')
  } finally {
    clearTimeout(timer)
    given?.removeEventListener('abort', giveUp)
  }
}

function parsed<T>(text: string, status: number): Answer<T> {
  try {
    const answer: unknown = JSON.parse(text)
    if (answer !== null && typeof answer === 'object' && ('data' in answer || 'errors' in answer)) return answer as Answer<T>
  } catch {
    // What answers is not this API: perhaps a plain web server, or a proxy's page.
  }
  throw new ApiError('notTheService', String(status))
}
