// Reading canonical JSON (RFC 8785) of objects whose fields are known. The reader accepts the one spelling only, so
// that no two texts mean the same and a hash of the text is a hash of the meaning.

/** The text is not the canonical spelling of what is expected. */
export class SpellingError extends Error {
  readonly expected: string
  readonly at: number

  constructor(expected: string, at: number) {
    super(`expected ${expected} at ${at}`)
    this.expected = expected
    this.at = at
  }
}

const DIGITS = /(?:0|[1-9][0-9]{0,15})/y
const HASH = /[0-9a-f]{64}/y
export const NAME = /[a-z0-9-]{1,64}/y
export const AREA_ID = /[a-z0-9-]{1,31}/y
/** Printable ASCII without `"` and `\`. */
export const TEXT = /[ !#-[\]-~]{1,96}/y

export class Cursor {
  readonly #text: string
  #at = 0

  constructor(text: string) {
    this.#text = text
  }

  get at(): number {
    return this.#at
  }

  fail(expected: string, at = this.#at): never {
    throw new SpellingError(expected, at)
  }

  /** Takes `text` if it is next. */
  skip(text: string): boolean {
    const found = this.#text.startsWith(text, this.#at)
    if (found) this.#at += text.length
    return found
  }

  literal(text: string): void {
    if (!this.skip(text)) this.fail(text)
  }

  end(): void {
    if (this.#at !== this.#text.length) this.fail('the end')
  }

  /** What a sticky pattern finds right here. */
  match(pattern: RegExp, expected: string): string {
    pattern.lastIndex = this.#at
    const found = pattern.exec(this.#text)?.[0]
    if (found === undefined) return this.fail(expected)
    this.#at += found.length
    return found
  }

  /** The inside of a string whose opening quote is taken, and its closing quote. */
  string(pattern: RegExp, expected: string): string {
    const start = this.#at
    const found = this.match(pattern, expected)
    if (!this.skip('"')) this.fail(expected, start)
    return found
  }

  hash(expected: string): string {
    return this.string(HASH, expected)
  }

  /** One of some words, with its closing quote. */
  word<Word extends string>(words: readonly Word[]): Word {
    const found = words.find((word) => this.skip(`${word}"`))
    return found ?? this.fail(words.join(' | '))
  }

  /** An integer from 0 to 2^53 - 1, without sign or leading zero. */
  unsigned(expected: string): number {
    const start = this.#at
    const value = Number(this.match(DIGITS, expected))
    // Of 16 digits, those above 2^53 - 1 are rounded, but never to one that is below it.
    return value <= Number.MAX_SAFE_INTEGER ? value : this.fail(expected, start)
  }

  /** An integer from -limit to limit; `-0` is not one. */
  signed(limit: number, expected: string): number {
    const start = this.#at
    const isNegative = this.skip('-')
    const value = this.unsigned(expected)
    if (value > limit || (isNegative && value === 0)) this.fail(expected, start)
    return isNegative ? -value : value
  }

  /** The items of an array whose `[` is taken. */
  items<Item>(most: number, item: () => Item): Item[] {
    const items: Item[] = []
    if (this.skip(']')) return items
    for (;;) {
      if (items.length === most) this.fail(`at most ${most} items`)
      items.push(item())
      if (this.skip(']')) return items
      this.literal(',')
    }
  }
}

/** Reads a whole text; `refuse` makes the error that a wrong spelling is. */
export function parseWhole<T>(text: string, read: (c: Cursor) => T, refuse: (error: SpellingError) => Error): T {
  try {
    const cursor = new Cursor(text)
    const value = read(cursor)
    cursor.end()
    return value
  } catch (error) {
    throw error instanceof SpellingError ? refuse(error) : error
  }
}
