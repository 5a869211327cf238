// Everything that a check can show has its sentence, and every sentence its values; that both languages say the same is
// for test/i18n.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { OUTCOMES } from '../../app/proof/error'
import { ALL_STEPS, BLOCK_STEPS, EVIDENCE_STEPS, QUICK_STEPS } from '../../app/proof/steps'
import { proof } from '../../i18n/locales/proof.en.json'

const folder = fileURLToPath(new URL('../../app/proof', import.meta.url))
const source = readdirSync(folder).map((name) => readFileSync(join(folder, name), 'utf8')).join('\n')
const unique = (all: Iterable<string>) => [...new Set(all)].sort()
const placeholders = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name!)

describe('the sentences', () => {
  it('name every step', () => {
    expect(Object.keys(proof.step).sort()).toEqual(unique([...QUICK_STEPS, ...BLOCK_STEPS, ...ALL_STEPS, ...EVIDENCE_STEPS]))
  })

  it('name every value that a step shows, and no other', () => {
    const shown = unique([...source.matchAll(/\bshow\('(\w+)'/g)].map(([, name]) => name!))
    expect(shown.length).toBeGreaterThan(30)
    expect(Object.keys(proof.value).filter((name) => name !== 'show' && name !== 'whole').sort()).toEqual(shown)
  })

  it('name every error, and every error can happen', () => {
    expect(Object.keys(proof.error).sort()).toEqual(Object.keys(OUTCOMES).sort())
    // In the table of outcomes, and at least once elsewhere.
    const unused = Object.keys(OUTCOMES).filter((key) => [...source.matchAll(new RegExp(`'${key}'`, 'g'))].length === 0)
    expect(unused).toEqual([])
  })

  it.each(Object.entries(proof.error))('%s names only values that come with it', (key, { what, means }) => {
    const given = [...source.matchAll(new RegExp(`ProofError\\('${key}'(?:, \\{([^}]*)\\})?\\)`, 'g'))].map(([, fields]) => fields ?? '')
    // What goes wrong on the way to a server is made in one place, with these values.
    const values = given.length > 0 ? given.flatMap((fields) => [...fields.matchAll(/(\w+)(?=\s*[:,]|\s*$)/g)].map(([, name]) => name!)) : ['who', 'url', 'limit', 'status']
    const transport = ['who', 'url', 'status', 'limit']
    expect(placeholders(what).filter((name) => !values.includes(name) && !transport.includes(name))).toEqual([])
    expect(placeholders(means)).toEqual([])
  })
})
