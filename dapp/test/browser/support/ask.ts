// What the service says, asked directly: what a test expects of the page.

/** The `data` of a query to the real API. */
export async function query<T>({ graphql_url }: { graphql_url: string }, text: string, variables: object = {}): Promise<T> {
  const response = await fetch(graphql_url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query: text, variables }),
  })
  const answer = (await response.json()) as { data: T; errors?: { message: string }[] }
  if (answer.errors) throw new Error(answer.errors.map((error) => error.message).join('; '))
  return answer.data
}
