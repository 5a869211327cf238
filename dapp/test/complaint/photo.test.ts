// What a browser's encoder adds to a JPEG is taken out; the picture itself is the browser's business (test/browser).
import { describe, expect, it } from 'vitest'
import { concat, utf8, type Bytes } from '../../app/proof/bytes'
import { PhotoError, photoType, plainJpeg } from '../../app/complaint/photo'

const segment = (marker: number, body: Bytes) => concat(Uint8Array.of(0xff, marker, (body.length + 2) >> 8, (body.length + 2) & 255), body)
const [START, JFIF, TABLE] = [Uint8Array.of(0xff, 0xd8), segment(0xe0, utf8('JFIF\0')), segment(0xdb, new Uint8Array(65))]
const PICTURE = concat(segment(0xda, new Uint8Array(10)), Uint8Array.of(1, 2, 0xff, 0xe1, 3, 0xff, 0xd9))

describe('a plain JPEG', () => {
  it('keeps the picture and leaves out what stands beside it', () => {
    const beside = [segment(0xe1, utf8('Exif\0\0GPS')), segment(0xe2, utf8('ICC_PROFILE')), segment(0xed, utf8('IPTC')), segment(0xfe, utf8('a comment'))]
    const plain = concat(START, JFIF, TABLE, PICTURE)
    expect(plainJpeg(concat(START, JFIF, ...beside, TABLE, PICTURE))).toEqual(plain)
    expect(plainJpeg(plain)).toEqual(plain)
  })
  it.each([concat(START, JFIF), START, new Uint8Array(), concat(START, Uint8Array.of(0xff, 0xe1, 0xff, 0xff)), concat(START, Uint8Array.of(0xff, 0xe1, 0, 0), PICTURE), concat(START, utf8('no marker'))])('is none of a file that is cut short: %#', (bytes) => {
    expect(() => plainJpeg(bytes)).toThrow(PhotoError)
  })
})

describe('what a file is', () => {
  it('is told by its first bytes', () => {
    expect(photoType(Uint8Array.of(0xff, 0xd8, 0xff, 0xe0))).toBe('image/jpeg')
    expect(photoType(Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a))).toBe('image/png')
    expect(photoType(utf8('RIFF\0\0\0\0WEBP'))).toBe('image/webp')
    for (const text of ['<svg/>', 'GIF89a', '%PDF', '', 'RIFF\0\0\0\0WAVE']) expect(photoType(utf8(text))).toBeUndefined()
  })
})
