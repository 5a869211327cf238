// The text of a complaint: a block of canonical JSON whose digest is filed. The salt keeps anybody from guessing the text by
// its digest; where the block is deleted, nothing of it is left.
import { type Bytes, toHex, utf8 } from '../proof/bytes'
import { sha256 } from '../proof/sha256'

/** Bytes of salt. */
const SALT_BYTES = 16
/** Longest text, in characters. */
export const MAX_TEXT = 4_000
/** Longest note, in characters. */
export const MAX_NOTE = 2_000

export interface TextBlock {
  /** The block itself. */
  block: string
  /** Its SHA-256, 0x and 64 digits: what is filed. */
  digest: string
}

/** Spelt as the protocol does: NFC, lines that end in \n, no other control characters, nothing around it. */
export const tidy = (text: string): string =>
  text.normalize('NFC').replace(/\r\n?/g, '\n').replace(/[\u0000-\u0009\u000b-\u001f\u007f]/g, ' ').trim()

/** A text that can be filed: not blank, and not too long. */
export const isText = (text: string): boolean => text.trim() !== '' && Array.from(text).length <= MAX_TEXT && !LONE_SURROGATE.test(text)

/** What no text is made of; `isWellFormed` is missing in the browsers of older phones. */
const LONE_SURROGATE = /\p{Surrogate}/u
const SALT = /^[0-9a-f]{32}$/
const HASH = /^[0-9a-f]{64}$/

/** RFC 8785: the keys in order, strings as JSON.stringify spells them. */
const canonical = (photo: string | undefined, salt: string, text: string) => JSON.stringify({ photo, salt, text, version: 1 })

/** The block of a text with a fresh salt; `photo` is the SHA-256 of a photo, 64 hex digits. */
export async function makeTextBlock(text: string, photo?: string, salt: Bytes = crypto.getRandomValues(new Uint8Array(SALT_BYTES))): Promise<TextBlock> {
  const block = canonical(photo, toHex(salt), text)
  return { block, digest: await textDigest(block) }
}

export const textDigest = async (block: string): Promise<string> => `0x${toHex(await sha256(utf8(block)))}`

/** What is in a block. */
export interface OpenedText {
  text: string
  photo: string | null
}

/** What is in a block with this digest; none where it is another block, or not spelt canonically. */
export const openTextBlock = async (block: string, digest: string): Promise<OpenedText | null> =>
  (await textDigest(block)) === digest.toLowerCase() ? parseTextBlock(block) : null

function parseTextBlock(block: string): OpenedText | null {
  try {
    const { photo, salt, text } = Object(JSON.parse(block)) as Record<string, unknown>
    if (typeof salt !== 'string' || typeof text !== 'string' || !SALT.test(salt) || !isText(text)) return null
    if (photo !== undefined && !(typeof photo === 'string' && HASH.test(photo))) return null
    return canonical(photo, salt, text) === block ? { text, photo: photo ?? null } : null
  } catch {
    return null
  }
}

/** The words of a note: a citizen's has a salt around them, so that its hash tells nothing once they are erased. */
export const noteWords = (note: string): string => parseTextBlock(note)?.text ?? note
