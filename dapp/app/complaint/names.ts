// Short names as the contracts hold them: 1 to 31 bytes of a-z, 0-9 and `-`, left-aligned in 32.

const SHORT = /^[a-z0-9-]{1,31}$/

/** The 32 bytes of an area's, class's or schedule's name. */
export function nameBytes32(name: string): string {
  if (!SHORT.test(name)) throw new RangeError(`no name of the chain: ${name}`)
  const hex = Array.from(name, (letter) => letter.charCodeAt(0).toString(16).padStart(2, '0')).join('')
  return `0x${hex.padEnd(64, '0')}`
}

/** The name in 32 bytes; none where they hold none. */
export function nameFromBytes32(word: string): string | null {
  const hex = /^0x((?:[0-9a-f]{2})*?)(?:00)*$/.exec(word.toLowerCase())?.[1] ?? ''
  const name = (hex.match(/../g) ?? []).map((byte) => String.fromCharCode(Number.parseInt(byte, 16))).join('')
  return word.length === 66 && SHORT.test(name) ? name : null
}
