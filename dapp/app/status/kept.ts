// Answers kept on this device, so that the last known state can be shown without a network.
import { createStore, del, entries, get, set } from 'idb-keyval'

/** Answers that are kept; the oldest go first. */
const MAX_KEPT = 40
/** Largest answer that is kept, in characters. */
const MAX_CHARACTERS = 400_000

/** An answer, and when it came by this device's clock. */
export interface Kept<T> {
  atMs: number
  value: T
}

const store = () => createStore('power-tracker', 'answers')

/** What is kept under a name; none too where the browser keeps nothing. */
export async function recall<T>(key: string): Promise<Kept<T> | null> {
  try {
    return (await get<Kept<T>>(key, store())) ?? null
  } catch {
    return null
  }
}

/** Keeps an answer; where that fails, nothing is kept and nothing else happens. */
export async function keep<T>(key: string, value: T): Promise<void> {
  try {
    const text = JSON.stringify(value)
    if (text.length > MAX_CHARACTERS) return
    await set(key, { atMs: Date.now(), value: JSON.parse(text) } satisfies Kept<unknown>, store())
    const all = await entries<string, Kept<unknown>>(store())
    const old = all.sort((a, b) => b[1].atMs - a[1].atMs).slice(MAX_KEPT)
    await Promise.all(old.map(([name]) => del(name, store())))
  } catch {
    // A private window or a full disk.
  }
}
