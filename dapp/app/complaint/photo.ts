// A photo of a complaint: made small on a canvas, so that nothing of what a camera writes into it (place, time, device) is
// left. Its digest stands in the text that is signed, so it is made ready before, and never changed after.
import type { Bytes } from '../proof/bytes'
import { concat } from '../proof/bytes'
import { digestOf } from '../proof/sha256'

/** Largest file that is taken: more than phones write, and less than would stop one. */
export const MAX_CHOSEN_BYTES = 8_000_000
/** Largest photo that is sent: a minute on a slow network. The service takes no more than 2 MiB. */
const MAX_SENT_BYTES = 400_000
/** Longer side; halved where the photo is still too large. */
const MAX_SIDE_PX = 1_600
const MIN_SIDE_PX = 400
const QUALITIES = [0.8, 0.65, 0.5]
/** What is taken. */
export const PHOTO_TYPES = ['image/jpeg', 'image/png', 'image/webp']

export type PhotoProblem =
  /** Too many bytes. */
  | 'tooLarge'
  /** Neither JPEG nor PNG nor WebP, or broken. */
  | 'noImage'
  /** This browser cannot make it small. */
  | 'cannot'

/** Why a file is not taken. */
export class PhotoError extends Error {
  constructor(readonly problem: PhotoProblem) {
    super(problem)
  }
}

/** A photo as it is sent. */
export interface Photo {
  bytes: Bytes
  /** SHA-256, 64 hex digits. */
  digest: string
}

/** What a file is by its first bytes, whatever it is called. */
export function photoType(head: Uint8Array): string | undefined {
  const at = (offset: number, text: string) => Array.from(text).every((letter, i) => head[offset + i] === letter.charCodeAt(0))
  if (head[0] === 0xff && head[1] === 0xd8 && head[2] === 0xff) return 'image/jpeg'
  if (at(0, '\u0089PNG\r\n\u001a\n')) return 'image/png'
  return at(0, 'RIFF') && at(8, 'WEBP') ? 'image/webp' : undefined
}

/** Makes a chosen file ready to be sent. Throws a PhotoError. */
export async function preparePhoto(file: Blob): Promise<Photo> {
  if (file.size > MAX_CHOSEN_BYTES) throw new PhotoError('tooLarge')
  if (!photoType(new Uint8Array(await file.slice(0, 12).arrayBuffer()))) throw new PhotoError('noImage')
  const picture = await createImageBitmap(file).catch(() => {
    throw new PhotoError('noImage')
  })
  try {
    const bytes = await shrunk(picture)
    return { bytes, digest: await digestOf(bytes) }
  } finally {
    picture.close()
  }
}

async function shrunk(picture: ImageBitmap): Promise<Bytes> {
  for (let side = MAX_SIDE_PX; side >= MIN_SIDE_PX; side /= 2) {
    const scale = Math.min(1, side / Math.max(picture.width, picture.height))
    const canvas = document.createElement('canvas')
    canvas.width = Math.max(1, Math.round(picture.width * scale))
    canvas.height = Math.max(1, Math.round(picture.height * scale))
    const context = canvas.getContext('2d')
    if (!context) throw new PhotoError('cannot')
    // What is clear in a PNG becomes white, not black.
    context.fillStyle = '#fff'
    context.fillRect(0, 0, canvas.width, canvas.height)
    context.drawImage(picture, 0, 0, canvas.width, canvas.height)
    for (const quality of QUALITIES) {
      const jpeg = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, 'image/jpeg', quality))
      if (jpeg?.type !== 'image/jpeg') throw new PhotoError('cannot')
      const bytes = plainJpeg(new Uint8Array(await jpeg.arrayBuffer()))
      if (bytes.length <= MAX_SENT_BYTES) return bytes
    }
  }
  throw new PhotoError('tooLarge')
}

const MARKER = 0xff
/** Start of scan: the picture itself begins. */
const SOS = 0xda
/** Segments of applications but the first (JFIF), and comments: what encoders write beside the picture. */
const isBeside = (marker: number) => (marker >= 0xe1 && marker <= 0xef) || marker === 0xfe

/** A JPEG without what an encoder adds besides the picture: the service takes no metadata at all. */
export function plainJpeg(jpeg: Bytes): Bytes {
  const kept = [jpeg.subarray(0, 2)]
  let at = 2
  while (jpeg[at] === MARKER && jpeg[at + 1] !== SOS) {
    const end = at + 2 + jpeg[at + 2]! * 256 + jpeg[at + 3]!
    if (!(end > at + 2 && end < jpeg.length)) throw new PhotoError('cannot')
    if (!isBeside(jpeg[at + 1]!)) kept.push(jpeg.subarray(at, end))
    at = end
  }
  if (jpeg[at] !== MARKER) throw new PhotoError('cannot')
  return concat(...kept, jpeg.subarray(at))
}
