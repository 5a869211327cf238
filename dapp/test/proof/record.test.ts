import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { toHex } from '../../app/proof/bytes'
import { asProofError } from '../../app/proof/error'
import { leafHash } from '../../app/proof/merkle'
import { type DeviceRecord, parseRecord, versionOf } from '../../app/proof/record'
import { importKey, isSignedBy } from '../../app/proof/signature'
import { FIELDS, RECORDS, type RecordVector } from './golden'

/** The record, or the key of the error by which it is refused. */
async function check({ record, public_key }: Pick<RecordVector, 'record' | 'public_key'>): Promise<DeviceRecord | string> {
  try {
    const key = await importKey(public_key)
    const parsed = parseRecord(record)
    return (await isSignedBy(key, parsed.signedBytes, parsed.signature)) ? parsed : 'signatureWrong'
  } catch (thrown) {
    return asProofError(thrown).key
  }
}

const all = [...RECORDS, ...FIELDS.records]
const valid = all.filter((vector) => vector.valid)
const one = valid[0]!
/** With both fields of version 2. */
const two = valid.find(({ record }) => record.includes('"phases"') && record.includes('"time_quality"'))!

describe('the golden file of records', () => {
  it('has enough of both kinds', () => {
    expect(valid.length).toBeGreaterThanOrEqual(50)
    expect(all.length - valid.length).toBeGreaterThanOrEqual(50)
  })

  it.each(valid)('is accepted, with its leaf: $record', async (vector) => {
    const record = await check(vector)
    if (typeof record === 'string') throw new Error(record)
    expect(toHex(await leafHash(record.bytes))).toBe(vector.leaf)
  })

  it.each(all.filter((vector) => !vector.valid))('is refused: $why', async (vector) => {
    const refusal = await check(vector)
    expect(refusal).toBeTypeOf('string')
    // Refused for what it is, not because something broke.
    expect(refusal).not.toBe('internal')
  })
})

describe('a record', () => {
  it('is told apart from its signature: what was signed is the same object without that field', () => {
    for (const { record } of valid) {
      const { device_signature: _, ...statement } = JSON.parse(record) as Record<string, unknown>
      expect(new TextDecoder().decode(parseRecord(record).signedBytes)).toBe(JSON.stringify(statement))
    }
  })

  it('says what JSON says', () => {
    for (const { record } of valid) {
      const json = JSON.parse(record) as Record<string, unknown>
      const parsed = parseRecord(record)
      expect(parsed).toMatchObject({
        deviceId: json.device_id,
        latitudeE6: json.latitude_e6,
        longitudeE6: json.longitude_e6,
        powerStatus: json.power_status,
        sequence: json.sequence,
        timestampUnixS: json.timestamp,
      })
      expect(parsed.previousSequence).toBe(json.previous_sequence)
      expect(parsed.phases).toBe(json.phases)
      expect(parsed.timeQuality).toBe(json.time_quality)
      expect(versionOf(parsed)).toBe('phases' in json || 'time_quality' in json ? 2 : 1)
      expect(parsed.dropped).toEqual('dropped_from' in json ? [json.dropped_from, json.dropped_to] : undefined)
    }
  })

  it.each([one, two])('is refused with any one character changed: $record', async (vector) => {
    for (let at = 0; at < vector.record.length; at++) {
      for (const change of ['0', '1', 'a', '-', ' ', '"', ',', 'é']) {
        if (vector.record[at] === change) continue
        const record = vector.record.slice(0, at) + change + vector.record.slice(at + 1)
        expect(await check({ ...vector, record }), record).toBeTypeOf('string')
      }
    }
  }, 30_000)

  it('is refused in any other spelling that JSON allows', () => {
    const json = JSON.parse(one.record) as Record<string, unknown>
    const spellings = [
      JSON.stringify(json, null, 1),
      ` ${one.record}`,
      `${one.record}\n`,
      one.record.replace('"ON"', '"\\u004fN"'),
      one.record.replace('"OFF"', '"\\u004fFF"'),
      one.record.replace(/"sequence":\d+/, '"sequence":1e3'),
      one.record.replace(/"sequence":\d+/, '"sequence":042'),
      one.record.replace(/"sequence":\d+/, '"sequence":42.0'),
      one.record.replace(/"sequence":\d+/, '"sequence":9007199254740992'),
      one.record.replace(/"sequence":\d+/, '"sequence":10000000000000000'),
      one.record.replace('"latitude_e6":-', '"latitude_e6":-0'),
      one.record.replace(/"latitude_e6":-?\d+/, '"latitude_e6":-0'),
      one.record.replace(/"latitude_e6":-?\d+/, '"latitude_e6":90000001'),
      one.record.replace(/"longitude_e6":-?\d+/, '"longitude_e6":-180000001'),
      `${one.record.slice(0, -1)},"zz":1}`,
      JSON.stringify(Object.fromEntries(Object.entries(json).reverse())),
    ].filter((text) => text !== one.record)
    for (const text of spellings) expect(() => parseRecord(text), text).toThrow(/recordSpelling/)
  })

  it('is refused where its counters contradict each other', () => {
    const withFields = (fields: string, sequence: number) =>
      one.record.replace(/"power_status":"(ON|OFF)".*"timestamp"/, `"power_status":"ON"${fields},"sequence":${sequence},"timestamp"`)
    expect(() => parseRecord(withFields(',"previous_sequence":9', 10))).toThrow(/recordRule/)
    expect(() => parseRecord(withFields(',"previous_sequence":8', 10))).not.toThrow()
    expect(() => parseRecord(withFields(',"previous_sequence":0', 0))).toThrow(/recordRule/)
    const dropped = (from: number, to: number, sequence: number) =>
      one.record
        .replace(',"latitude_e6"', `,"dropped_from":${from},"dropped_to":${to},"latitude_e6"`)
        .replace(/"sequence":\d+/, `"sequence":${sequence}`)
    expect(() => parseRecord(dropped(3, 6, 7))).not.toThrow()
    expect(() => parseRecord(dropped(6, 3, 7))).toThrow(/recordRule/)
    expect(() => parseRecord(dropped(3, 7, 7))).toThrow(/recordRule/)
  })

  it('of more than 500 bytes is refused before it is read', () => {
    expect(() => parseRecord('{'.repeat(501))).toThrow(/recordTooLong/)
    expect(() => parseRecord('x'.repeat(5_000_000))).toThrow(/recordTooLong/)
  })

  it('is refused with a named error, whatever the text is', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ maxLength: 600 }), fc.string({ unit: 'binary', maxLength: 600 })), (text) => {
        expect(() => parseRecord(text)).toThrow(/^record(Spelling|TooLong)/)
      }),
    )
  })
})
