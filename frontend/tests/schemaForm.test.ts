import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { check, fieldsOf, hiddenOf, neededOf, tidy, type Codes, type Definition, type Values } from '@/shared/form/schemaForm'

interface Case { title: string; definition: Definition; yes: Values[]; no: { value: Values; field: string; rule: string }[] }
const cases = JSON.parse(readFileSync('../tests/unit/forms/cases.json', 'utf8')) as { forms: Case[]; dictionaries: { name: string; items: Codes[string] }[] }
const codes: Codes = Object.fromEntries(cases.dictionaries.map((d) => [d.name, d.items]))

describe('forms say what the server says', () => {
  for (const one of cases.forms)
    it(one.title, () => {
      for (const v of one.yes) expect(check(one.definition, codes, v), JSON.stringify(v)).toEqual([])
      for (const n of one.no) expect(check(one.definition, codes, n.value).map((e) => `${e.field} ${e.code}`), JSON.stringify(n.value)).toContain(`${n.field} ${n.rule}`)
    })
})

const text = { type: 'string', 'x-widget': 'text', 'x-label': { zh: '文' } } as const
const d: Definition = {
  properties: { c: { ...text, 'x-order': 2 }, a: { ...text, 'x-order': 1 }, b: text },
  required: ['a'],
  allOf: [
    { if: { required: ['a'], properties: { a: { const: 'x' } } }, else: { properties: { b: false } } },
    { if: { required: ['b'], properties: { b: { const: 'y' } } }, else: { properties: { c: false } } },
    { if: { required: ['a'], properties: { a: { const: 'x' } } }, then: { required: ['b'] } },
  ],
}
describe('conditions', () => {
  it('order of fields', () => expect(fieldsOf(d).map((f) => f.key)).toEqual(['b', 'a', 'c']))
  it('a hidden field hides what hangs on it', () => {
    expect([...hiddenOf(d, { a: 'z', b: 'y', c: '1' })].sort()).toEqual(['b', 'c'])
    expect(tidy(d, { a: 'z', b: 'y', c: '1' })).toEqual({ a: 'z' })
  })
  it('shown and needed', () => {
    expect([...hiddenOf(d, { a: 'x', b: 'y' })]).toEqual([])
    expect([...neededOf(d, { a: 'x' })].sort()).toEqual(['a', 'b'])
  })
})
