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

/** A text that can be filed: not empty, and not too long. */
export const isText = (text: string): boolean => text !== '' && Array.from(text).length <= MAX_TEXT && text.isWellFormed?.() !== false

const canonical = (salt: string, text: string) => JSON.stringify({ salt, text, version: 1 })

/** The block of a text with a fresh salt. */
export async function makeTextBlock(text: string, salt: Bytes = crypto.getRandomValues(new Uint8Array(SALT_BYTES))): Promise<TextBlock> {
  const block = canonical(toHex(salt), text)
  return { block, digest: await textDigest(block) }
}

export const textDigest = async (block: string): Promise<string> => `0x${toHex(await sha256(utf8(block)))}`

/** The text in a block that has this digest; none where it is another block, or not spelt canonically. */
export async function openTextBlock(block: string, digest: string): Promise<string | null> {
  if ((await textDigest(block)) !== digest.toLowerCase()) return null
  try {
    const { salt, text } = JSON.parse(block) as { salt: unknown; text: unknown }
    return typeof salt === 'string' && typeof text === 'string' && canonical(salt, text) === block ? text : null
  } catch {
    return null
  }
}
