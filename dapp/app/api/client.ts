// The only place that talks to the API. Its address is that of the page.

/** Milliseconds that an answer is waited for. */
const TIMEOUT_MS = 15_000

/** What went wrong, in words for people. */
export class ApiError extends Error {}

interface Answer<T> {
  data?: T | null
  errors?: { message: string }[]
}

/** Asks the API; throws an ApiError where there is no answer or a part of it is missing. */
export async function ask<T>(query: string, variables: Record<string, unknown> = {}): Promise<T> {
  const answer = await fetchAnswer<T>(JSON.stringify({ query, variables }))
  const problem = answer.errors?.[0]?.message
  if (problem) throw new ApiError(problem)
  if (!answer.data) throw new ApiError('The service answered nothing.')
  return answer.data
}

async function fetchAnswer<T>(body: string): Promise<Answer<T>> {
  let response: Response
  try {
    response = await fetch(new URL('graphql', document.baseURI), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
      signal: AbortSignal.timeout(TIMEOUT_MS),
    })
  } catch {
    throw new ApiError('The service cannot be reached.')
  }
  try {
    return (await response.json()) as Answer<T>
  } catch {
    throw new ApiError(`The service answered with status ${response.status}.`)
  }
}
