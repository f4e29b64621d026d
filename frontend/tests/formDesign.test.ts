import { describe, expect, it } from 'vitest'
import { addField, changeWidget, freeKey, moveField, removeField, renameField, setRequired, tidied } from '@/features/forms/design'
import { orderedItems } from '@/features/forms/items'
import { fieldsOf, WIDGETS, type Definition, type Property } from '@/shared/form/schemaForm'

const list = (more: Partial<Property> = {}): Property => ({ type: 'string', 'x-widget': 'dictionary', 'x-dictionary': 'os', 'x-label': { zh: '字' }, ...more })
const d: Definition = {
  properties: { a: list(), b: list({ 'x-parent': 'a' }), c: { type: 'string', 'x-widget': 'text', 'x-label': { zh: '文' } } },
  required: ['a', 'c'],
  allOf: [
    { if: { required: ['a'], properties: { a: { const: 'x' } } }, else: { properties: { b: false, c: false } } },
    { if: { required: ['c'], properties: { c: { const: 'y' } } }, then: { required: ['a'] } },
  ],
}

describe('the designer', () => {
  it('adds each widget under a name that is free, last', () => {
    let all: Definition = { properties: {} }
    for (const w of [...WIDGETS, 'text' as const]) all = addField(all, w, { zh: w }).definition
    expect(fieldsOf(all).map((f) => f.property['x-widget'])).toEqual([...WIDGETS, 'text'])
    expect(freeKey(all, 'text')).toBe('text_3')
  })
  it('takes a field away with all that speaks of it', () => {
    const out = removeField(d, 'a')
    expect(Object.keys(out.properties)).toEqual(['b', 'c'])
    expect(out.properties.b).not.toHaveProperty('x-parent')
    expect(out.required).toEqual(['c'])
    expect(out.allOf).toEqual([]) // the one asked for it, the other required it alone
    expect(removeField(d, 'b').allOf![0]!.else!.properties).toEqual({ c: false })
  })
  it('renames wherever the name stands', () => {
    const out = renameField(d, 'a', 'z')
    expect(Object.keys(out.properties)).toEqual(['z', 'b', 'c'])
    expect(out.properties.b!['x-parent']).toBe('z')
    expect(out.required).toEqual(['z', 'c'])
    expect(out.allOf![0]!.if).toEqual({ required: ['z'], properties: { z: { const: 'x' } } })
    expect(out.allOf![1]!.then).toEqual({ required: ['z'] })
  })
  it('moves, and no further than the ends', () => {
    expect(fieldsOf(moveField(d, 'c', -1)).map((f) => f.key)).toEqual(['a', 'c', 'b'])
    expect(fieldsOf(moveField(d, 'a', -1)).map((f) => f.key)).toEqual(['a', 'b', 'c'])
  })
  it('changes the widget and keeps what both have', () => {
    const choice: Property = { type: 'string', enum: ['p', 'q'], 'x-enum-labels': { p: { zh: '甲' } }, 'x-widget': 'choice', 'x-label': { zh: '选' }, 'x-section': 's' }
    expect(changeWidget(choice, 'choices')).toEqual({ type: 'array', items: { type: 'string', enum: ['p', 'q'] }, 'x-enum-labels': { p: { zh: '甲' } }, 'x-widget': 'choices', 'x-label': { zh: '选' }, 'x-section': 's' })
    expect(changeWidget(choice, 'date')).toEqual({ type: 'string', format: 'date', 'x-widget': 'date', 'x-label': { zh: '选' }, 'x-section': 's' })
    expect(changeWidget(list(), 'cascade')['x-dictionary']).toBe('os')
  })
  it('says nothing that says nothing', () => {
    const out = tidied(setRequired(setRequired({ ...d, allOf: [], properties: { ...d.properties, c: { ...d.properties.c!, pattern: '', 'x-help': { zh: '' } } } }, 'a', false), 'c', false))
    expect(out).not.toHaveProperty('required')
    expect(out).not.toHaveProperty('allOf')
    expect(Object.keys(out.properties.c!).sort()).toEqual(['type', 'x-label', 'x-order', 'x-widget'])
  })
})

describe('a dictionary', () => {
  const item = (code: string, parent_code = '') => ({ code, parent_code, label_zh: code, label_en: '', active: true })
  it('shows items below each other, and loses none in a circle', () => {
    expect(orderedItems([item('b', 'a'), item('a'), item('x', 'y'), item('y', 'x'), item('lost', 'nowhere')]).map((x) => [x.item.code, x.depth])).toEqual([['a', 0], ['b', 1], ['lost', 0], ['x', 0], ['y', 1]])
  })
})
