// The words of what an official paid for itself. The chain has only their hashes, so they are kept here until the service
// has them: a closed page loses none.
import { SubmitNote } from '../api/generated/submit'
import { ApiError, ask } from '../api/client'

/** Where they are kept. */
const KEPT = 'power-tracker-words'
/** Words that are kept at most, and for how long: those of a transaction that was never mined are nobody's. */
const MAX_KEPT = 100
const KEPT_MS = 7 * 86_400_000
/** Pause before what the service could not take is tried again. */
const RETRY_MS = 15_000

interface Words {
  note: string
  transaction: string
  atMs: number
}

let timer: ReturnType<typeof setTimeout> | undefined
/** Of this page alone, where the browser keeps nothing. */
let memory: Words[] = []

function kept(): Words[] {
  try {
    const all = JSON.parse(localStorage.getItem(KEPT) ?? '[]') as Words[]
    return Array.isArray(all) ? all : []
  } catch {
    return memory
  }
}

function keep(all: Words[]): void {
  memory = all
  try {
    localStorage.setItem(KEPT, JSON.stringify(all))
  } catch {
    // Then this page has them until it is closed.
  }
}

/** Keeps the words of a transaction that is on its way. */
export function keepWords(notes: string[], transaction: string): void {
  const fresh = [...new Set(notes)].filter((note) => note !== '').map((note) => ({ note, transaction, atMs: Date.now() }))
  if (fresh.length > 0) keep([...kept(), ...fresh].slice(-MAX_KEPT))
}

/** The words go with another transaction: the same call, sent faster. */
export function moveWords(from: string, to: string): void {
  if (from !== to) keep(kept().map((words) => (words.transaction === from ? { ...words, transaction: to } : words)))
}

/** Gives the service what it does not have yet. Words that nothing on the chain has are tried again until they are old. */
export async function handInWords(): Promise<void> {
  clearTimeout(timer)
  for (const words of kept()) {
    const isOver = await taken(words)
    if (isOver) keep(kept().filter(({ note, transaction }) => note !== words.note || transaction !== words.transaction))
  }
  if (kept().length > 0) timer = setTimeout(() => void handInWords(), RETRY_MS)
}

async function taken({ note, transaction, atMs }: Words): Promise<boolean> {
  try {
    await ask(SubmitNote, { note, transactionHash: transaction })
    return true
  } catch (thrown) {
    // A replaced transaction leaves words that no act has.
    const isWrong = thrown instanceof ApiError && thrown.code === 'BAD_ARGUMENT'
    return Date.now() - atMs > (isWrong ? RETRY_MS * 4 : KEPT_MS)
  }
}
