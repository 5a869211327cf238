// How an upstream lies or fails.
import type { Fault, Reply } from './origin'

/** Nobody answers: the connection is cut. */
export const away: Fault = async () => undefined

/** Takes the request and never answers. */
export const silent: Fault = () => new Promise(() => {})

/** Answers with a status and no more than that. */
export const status = (code: number): Fault => async () => ({ status: code, headers: { 'content-type': 'text/plain' }, body: Buffer.from('no') })

/** Waits for `gate` before it asks the real one. */
export const after = (gate: Promise<unknown>): Fault => async (_, pass) => (await gate, pass())

/** A gate that a test opens. */
export function gate() {
  let open = () => {}
  const opened = new Promise<void>((resolve) => (open = resolve))
  return { opened, open }
}

const withBody = (reply: Reply, text: string): Reply => ({ ...reply, body: Buffer.from(text) })

type Json = any // eslint-disable-line @typescript-eslint/no-explicit-any -- answers are taken apart by hand here

/** Changes GraphQL's answers: `change` gets the data and the question, and changes the data in place. */
export const data = (change: (data: Json, question: { query: string; variables: Json }) => void): Fault => async (asked, pass) => {
  const reply = await pass()
  if (asked.method !== 'POST') return reply
  const question = JSON.parse(String(asked.body)) as Json
  const answer = JSON.parse(String(reply.body)) as Json
  const [questions, answers] = [[question].flat(), [answer].flat()]
  answers.forEach((one: Json, at: number) => one.data && change(one.data, { variables: {}, ...questions[at] }))
  return withBody(reply, JSON.stringify(answer))
}

/** GraphQL answers with errors, as it does for what it cannot do. */
export const errors = (message: string): Fault => async () => ({
  status: 200,
  headers: { 'content-type': 'application/json', 'access-control-allow-origin': '*' },
  body: Buffer.from(JSON.stringify({ data: null, errors: [{ message }] })),
})

/** Changes the result of a method of the chain's node. */
export const rpcResult = (method: string, change: (result: string, params: Json) => unknown): Fault => async (asked, pass) => {
  const reply = await pass()
  const [calls, answers] = [JSON.parse(String(asked.body)) as Json, JSON.parse(String(reply.body)) as Json]
  for (const call of [calls].flat().filter((call: Json) => call.method === method)) {
    const answer = [answers].flat().find((answer: Json) => answer.id === call.id)
    if (answer?.result !== undefined) answer.result = change(answer.result, call.params)
  }
  return withBody(reply, JSON.stringify(answers))
}

/** Changes one byte in the middle of a block whose path `matches`; others pass. */
export const oneByte = (matches: (path: string) => boolean): Fault => async (asked, pass) => {
  const reply = await pass()
  if (!matches(asked.path)) return reply
  const body = Buffer.from(reply.body)
  const at = body.length >> 1
  body[at] = body[at]! ^ 1
  return { ...reply, body }
}

/** Every object and array below a value, itself included. */
export function* below(value: Json): Generator<Json> {
  if (value === null || typeof value !== 'object') return
  yield value
  for (const child of Object.values(value)) yield* below(child)
}

/** Calls `change` for each value under a key, and puts what it gives in its place where that is not undefined. */
export function rewrite(data: Json, change: (key: string, value: Json) => unknown) {
  for (const object of below(data)) {
    for (const key of Object.keys(object)) {
      const changed = change(key, object[key])
      if (changed !== undefined) object[key] = changed
    }
  }
}

/** Moves every time of an answer by so many seconds: keys that end in `UnixS`. */
export const moved = (byS: number): Fault => data((answer) => rewrite(answer, (key, value) => (/UnixS$/.test(key) && typeof value === 'number' ? value + byS : undefined)))
