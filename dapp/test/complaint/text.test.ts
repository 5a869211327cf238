import { describe, expect, it } from 'vitest'
import { COMPLAINT } from '../proof/golden'
import { isText, makeTextBlock, MAX_TEXT, noteWords, openTextBlock, textDigest, tidy } from '../../app/complaint/text'

describe('text', () => {
  it('is a block of canonical JSON whose digest is SHA-256', async () => {
    const { block, digest } = await makeTextBlock('No power since "noon"\nबिजली नहीं', undefined, new Uint8Array(16).fill(0xab))
    expect(block).toBe(`{"salt":"${'ab'.repeat(16)}","text":"No power since \\"noon\\"\\nबिजली नहीं","version":1}`)
    // printf '%s' BLOCK | sha256sum
    expect(digest).toBe(await textDigest(block))
    expect(await openTextBlock(block, digest)).toEqual({ text: 'No power since "noon"\nबिजली नहीं', photo: null })
  })
  it('the digest is that of sha256sum', async () => {
    expect(await textDigest('hello world\n')).toBe('0xa948904f2f0f479b8f8197694b30184b0d2ed1c1cd2a1ec0fb85d299a192a447')
  })
  it.each(COMPLAINT.texts)('is that of the golden file: $words', async ({ words, photo, block, digest }) => {
    expect(await makeTextBlock(words, photo ?? undefined, new Uint8Array(16).fill(0xab))).toEqual({ block, digest: `0x${digest}` })
    expect(await openTextBlock(block, `0x${digest}`)).toEqual({ text: words, photo })
  })
  it.each(COMPLAINT.refused_texts)('is refused as in the golden file: %s', async (block) => {
    expect(await openTextBlock(block, await textDigest(block))).toBeNull()
  })
  it('has another salt each time', async () => {
    expect((await makeTextBlock('a')).digest).not.toBe((await makeTextBlock('a')).digest)
  })
  it('opens only what has the digest and is spelt canonically', async () => {
    const { block, digest } = await makeTextBlock('a')
    expect(await openTextBlock(block.replace('"a"', '"b"'), digest)).toBeNull()
    const spelt = block.replace(',', ', ')
    expect(await openTextBlock(spelt, await textDigest(spelt))).toBeNull()
    expect(await openTextBlock('x', await textDigest('x'))).toBeNull()
  })
  it('of a note is read with its salt or without', async () => {
    const { block } = await makeTextBlock('Still dark: "here"')
    expect(noteWords(block)).toBe('Still dark: "here"')
    for (const note of ['A crew is on its way.', '', '{"salt":1}', 'null']) expect(noteWords(note)).toBe(note)
  })
  it('is tidied: one form of letters, plain lines, no control characters', () => {
    expect(tidy('  e\u0301\r\nx\u0000\u0007y\tz\r ')).toBe('é\nx  y z')
  })
  it('is neither empty nor too long', () => {
    expect([isText(''), isText(' \n '), isText('\ud83d'), isText('a'), isText('ब'.repeat(MAX_TEXT)), isText('a'.repeat(MAX_TEXT + 1))]).toEqual([false, false, false, true, true, false])
  })
})
