/** Milliseconds between two looks. */
const EVERY_MS = 100

/** Looks until `look` gives something, and gives that; an error says what was waited for. No test sleeps otherwise. */
export async function until<T>(what: string, look: () => T | Promise<T>, limitS = 60): Promise<NonNullable<Exclude<T, false>>> {
  const deadline = Date.now() + limitS * 1_000
  for (;;) {
    const found = await look()
    if (found) return found as NonNullable<Exclude<T, false>>
    if (Date.now() > deadline) throw new Error(`waited ${limitS} s in vain: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, EVERY_MS))
  }
}
