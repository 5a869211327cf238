// Both languages say everything, with the same values in it, and no sentence stands in a template.
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parse, type ElementNode, type TemplateChildNode } from '@vue/compiler-dom'
import { parse as parseSfc } from 'vue/compiler-sfc'
import { describe, expect, it } from 'vitest'
import en from '../../i18n/locales/en.json'
import hi from '../../i18n/locales/hi.json'
import complaintEn from '../../i18n/locales/complaint.en.json'
import complaintHi from '../../i18n/locales/complaint.hi.json'
import officialEn from '../../i18n/locales/official.en.json'
import officialHi from '../../i18n/locales/official.hi.json'
import proofEn from '../../i18n/locales/proof.en.json'
import proofHi from '../../i18n/locales/proof.hi.json'

const app = fileURLToPath(new URL('../../app', import.meta.url))

function flat(tree: object, path = ''): Record<string, string> {
  return Object.fromEntries(
    Object.entries(tree).flatMap(([key, value]) =>
      typeof value === 'string' ? [[`${path}${key}`, value]] : Object.entries(flat(value as object, `${path}${key}.`)),
    ),
  )
}
const placeholders = (text: string) => [...new Set([...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name!))].sort()
// What only some pages say comes with them.
const english = { ...flat(en), ...flat(proofEn), ...flat(complaintEn), ...flat(officialEn) }
const hindi = { ...flat(hi), ...flat(proofHi), ...flat(complaintHi), ...flat(officialHi) }

describe('languages', () => {
  it('have the same keys', () => {
    expect(Object.keys(hindi).sort()).toEqual(Object.keys(english).sort())
  })
  it.each(Object.keys(english))('%s is said in both, with the same values', (key) => {
    expect(english[key]!.trim()).not.toBe('')
    expect(hindi[key]?.trim()).toBeTruthy()
    expect(placeholders(hindi[key]!)).toEqual(placeholders(english[key]!))
  })
  it('Hindi is written in Devanagari', () => {
    // Signs, units and what is called so in Hindi too.
    const same = Object.keys(hindi).filter((key) => !/[\u0900-\u097f]/.test(hindi[key]!))
    expect(same.filter((key) => hindi[key]!.replace(/\{\w+\}/g, '').match(/[a-z]{3,}/i))).toEqual([])
  })
})

const sources = (readdirSync(app, { recursive: true }) as string[]).filter((name) => /\.(vue|ts)$/.test(name) && !name.includes('generated'))
const templates = sources.filter((name) => name.endsWith('.vue'))

describe('keys', () => {
  it.each(sources)('every key that %s names is there', (name) => {
    const text = readFileSync(join(app, name), 'utf8')
    const used = [...text.matchAll(/\bt\(\s*'([\w.]+)'/g)].map(([, key]) => key!)
    expect(used.filter((key) => !(key in english))).toEqual([])
  })
  it('every key is named somewhere', () => {
    const all = sources.map((name) => readFileSync(join(app, name), 'utf8')).join('\n')
    // A key with a part that is put in is found by what stands before it.
    const prefixes = [...all.matchAll(/[`']([a-z][\w]*(?:\.[\w]+)*\.)\$\{/gi)].map(([, prefix]) => prefix!)
    const named = new Set([...all.matchAll(/'([\w.]+)'/g)].map(([, key]) => key!))
    const isNamed = (key: string) => named.has(key) || prefixes.some((prefix) => key.startsWith(prefix))
    expect(Object.keys(english).filter((key) => !isNamed(key))).toEqual([])
  })
})

/** Attributes that people read. */
const SPOKEN = ['aria-label', 'title', 'placeholder', 'alt']

function literals(node: TemplateChildNode | ElementNode): string[] {
  // Kinds of @vue/compiler-dom: 1 an element, 2 a text.
  if (node.type === 2) return /\p{L}/u.test(node.content) ? [node.content.trim()] : []
  if (node.type !== 1) return []
  const spoken = node.props.flatMap((prop) => (prop.type === 6 && SPOKEN.includes(prop.name) && prop.value?.content ? [prop.value.content] : []))
  return [...spoken, ...node.children.flatMap(literals)]
}

describe('templates', () => {
  it.each(templates)('%s holds no sentence of its own and no HTML from data', (name) => {
    const template = parseSfc(readFileSync(join(app, name), 'utf8')).descriptor.template?.content ?? ''
    expect(parse(template).children.flatMap(literals)).toEqual([])
    expect(template).not.toContain('v-html')
  })
  it('a sentence would be found', () => {
    expect(parse('<p title="Hello">World {{ x }}</p>').children.flatMap(literals)).toEqual(['Hello', 'World'])
  })
})
