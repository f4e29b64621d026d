/**
 * Forms as data, on the browser's side: which fields there are, which of them are shown and needed, and what is wrong with
 * what was filled in. The definition is described in backend/src/forms/form.h; the same cases (tests/unit/forms/cases.json)
 * hold both sides to the same answers.
 */
import { Validator, type OutputUnit } from '@cfworker/json-schema'
import { sayField } from '../api/fieldError'
import type { FieldError } from '../api/problem'
import { formatFull, formatNumber } from '../format'
import { labelOf, t, wordsOf } from '../i18n'
import './formats'

export const WIDGETS = ['text', 'textarea', 'number', 'date', 'datetime', 'switch', 'choice', 'choices', 'dictionary', 'cascade', 'ref', 'table'] as const
export type Widget = (typeof WIDGETS)[number]
/** What is done with a field: a column of lists; found and sorted by; counted by; asked for, so that a record without it is incomplete. */
export const USES = ['column', 'filter', 'dimension', 'wanted'] as const
export type Use = (typeof USES)[number]
/** As backend/src/forms/form_read.c has it. */
export function usesOf(w: Widget): readonly Use[] {
  if (w === 'table' || w === 'ref') return ['wanted']
  if (w === 'textarea') return ['column', 'wanted']
  return ['text', 'number', 'date', 'datetime'].includes(w) ? ['column', 'filter', 'wanted'] : USES
}
export interface Words { zh: string; en?: string }
export interface Property {
  type: string
  'x-widget': Widget
  'x-label': Words
  'x-help'?: Words
  'x-order'?: number
  'x-section'?: string
  'x-uses'?: Use[]
  'x-unit'?: string
  'x-dictionary'?: string
  'x-parent'?: string
  'x-ref'?: 'org' | 'person' | 'asset' | 'file'
  'x-enum-labels'?: Record<string, Words>
  enum?: string[]
  items?: { type?: string; enum?: string[]; properties?: Record<string, Property>; required?: string[] }
  default?: unknown
  format?: string
  pattern?: string
  minLength?: number
  maxLength?: number
  minimum?: number
  maximum?: number
  exclusiveMinimum?: number
  exclusiveMaximum?: number
  multipleOf?: number
  minItems?: number
  maxItems?: number
  uniqueItems?: boolean
}
export interface When { required: string[]; properties: Record<string, { const?: unknown; enum?: unknown[] }> }
export interface Condition { if: When; then?: { required: string[] }; else?: { properties: Record<string, false> } }
export interface Definition {
  type?: 'object'
  properties: Record<string, Property>
  required?: string[]
  allOf?: Condition[]
  'x-sections'?: { key: string; 'x-label': Words }[]
}
export interface Field { key: string; property: Property; required: boolean }
export interface CodeItem { code?: string; parent_code?: string | null; label_zh?: string; label_en?: string; retired?: boolean }
export type Codes = Record<string, readonly CodeItem[] | undefined>
export type Values = Record<string, unknown>

export const isEmpty = (v: unknown): boolean => v === undefined || v === null || v === '' || (Array.isArray(v) && !v.length)

/** By x-order; fields of the same order as they stand. */
export function fieldsOf(d: { properties?: Record<string, Property>; required?: string[] } | undefined): Field[] {
  return Object.entries(d?.properties ?? {})
    .map(([key, property], i) => ({ key, property, required: d?.required?.includes(key) ?? false, at: (property['x-order'] ?? 0) * 1000 + i }))
    .sort((a, b) => a.at - b.at)
    .map(({ key, property, required }) => ({ key, property, required }))
}

const holds = (w: When, values: Values): boolean =>
  w.required.every((f) => !isEmpty(values[f])) && Object.entries(w.properties).every(([f, p]) => isEmpty(values[f]) || ('const' in p ? p.const === values[f] : (p.enum ?? []).includes(values[f])))

export function hiddenOf(d: Definition | undefined, values: Values): Set<string> {
  const out = new Set<string>()
  // What hides a field takes its value away with it, which may hide others: as often as there are rules.
  for (let round = (d?.allOf ?? []).length; round >= 0; round--) {
    const seen = Object.fromEntries(Object.entries(values).filter(([k]) => !out.has(k)))
    const before = out.size
    for (const c of d?.allOf ?? []) if (c.else && !holds(c.if, seen)) Object.keys(c.else.properties).forEach((f) => out.add(f))
    if (out.size === before) break
  }
  return out
}

export function neededOf(d: Definition | undefined, values: Values): Set<string> {
  const out = new Set(d?.required ?? [])
  for (const c of d?.allOf ?? []) if (c.then && holds(c.if, values)) c.then.required.forEach((f) => out.add(f))
  return out
}

const tidyRow = (row: Values): Values => Object.fromEntries(Object.entries(row).filter(([, v]) => !isEmpty(v)))
const tidyValue = (v: unknown): unknown => (Array.isArray(v) ? v.map((x) => (x && typeof x === 'object' ? tidyRow(x as Values) : x)) : v)

/** Without empty values; what the conditions hide is left out when `shown` is asked for. */
export function tidy(d: Definition, values: Values, shown = true): Values {
  const hidden = shown ? hiddenOf(d, values) : new Set<string>()
  return Object.fromEntries(Object.entries(values).filter(([k, v]) => !isEmpty(v) && !hidden.has(k)).map(([k, v]) => [k, tidyValue(v)]))
}

/** What a new record begins with. */
export const defaultsOf = (d: Definition | undefined): Values =>
  Object.fromEntries(fieldsOf(d).filter((f) => f.property.default !== undefined).map((f) => [f.key, f.property.default]))

const RULES: Record<string, string> = {
  type: 'type', enum: 'enum', const: 'const', minLength: 'min_length', maxLength: 'max_length', pattern: 'pattern', format: 'format', minimum: 'minimum', maximum: 'maximum',
  exclusiveMinimum: 'minimum', exclusiveMaximum: 'maximum', multipleOf: 'multiple_of', minItems: 'min_items', maxItems: 'max_items', uniqueItems: 'unique', false: 'not',
}
const fault = (field: string, code: string, params?: Record<string, unknown>): FieldError => ({ field, code, message: '', ...(params ? { params } : {}) }) as FieldError

/** What the sentence of a rule speaks of: the limit and the present value. */
function paramsOf(p: Property | undefined, keyword: string, v: unknown): Record<string, unknown> | undefined {
  const limit = p?.[keyword as keyof Property]
  const size = typeof v === 'string' ? [...v].length : Array.isArray(v) ? v.length : undefined
  if (/^(min|max)(Length|Items)$/.test(keyword)) return { limit, now: size }
  if (/^exclusive/.test(keyword)) return { exclusive: limit, now: String(v) }
  if (keyword === 'minimum' || keyword === 'maximum') return { limit, now: String(v) }
  if (keyword === 'multipleOf') return { of: limit, now: String(v) }
  if (keyword === 'pattern') return { pattern: p?.pattern, now: String(v) }
  if (keyword === 'format') return { format: p?.format, now: String(v) }
  if (keyword === 'type') return { type: p?.type ?? 'string' }
  return keyword === 'enum' ? { now: String(v) } : undefined
}

function propertyAt(d: Definition, path: string[]): Property | undefined {
  const top = d.properties[path[0] ?? '']
  if (path.length >= 3) return top?.items?.properties?.[path[2]!]
  return path.length === 2 && top?.items ? (top.items as Property) : top
}
const valueAt = (v: unknown, path: string[]): unknown => path.reduce<unknown>((x, k) => (x as Values | undefined)?.[k], v)

function schemaFaults(d: Definition, values: Values): FieldError[] {
  const schema = { ...d, type: 'object', additionalProperties: false, properties: Object.fromEntries(Object.entries(d.properties).map(([k, p]) => [k, p.items?.properties ? { ...p, items: { ...p.items, additionalProperties: false } } : p['x-widget'] === 'choices' ? { ...p, uniqueItems: true } : p])) }
  const said = new Validator(schema as object, '2020-12', false).validate(values)
  const out: FieldError[] = []
  for (const e of said.errors as OutputUnit[]) {
    const path = e.instanceLocation.replace(/^#\/?/, '').split('/').filter(Boolean).map((x) => decodeURIComponent(x).replaceAll('~1', '/').replaceAll('~0', '~'))
    const field = path.join('/')
    const unknown = e.keyword === 'false' && !propertyAt(d, path)
    if (e.keyword === 'uniqueItems') out.push(fault(`${field}/${firstRepeated(valueAt(values, path))}`, 'unique'))
    else if (unknown) out.push(fault(field, 'unknown_field'))
    else if (RULES[e.keyword]) out.push(fault(field, RULES[e.keyword]!, paramsOf(propertyAt(d, path), e.keyword, valueAt(values, path))))
  }
  return out
}
function firstRepeated(v: unknown): number {
  const all = (v as unknown[]).map((x) => JSON.stringify(x))
  return all.findIndex((x, i) => all.indexOf(x) < i)
}

function requiredFaults(d: Definition, values: Values): FieldError[] {
  const out = [...neededOf(d, values)].filter((f) => isEmpty(values[f])).map((f) => fault(f, 'required'))
  for (const f of fieldsOf(d))
    if (f.property['x-widget'] === 'table' && Array.isArray(values[f.key]))
      (values[f.key] as Values[]).forEach((row, i) => f.property.items?.required?.filter((c) => isEmpty(row?.[c])).forEach((c) => out.push(fault(`${f.key}/${i}/${c}`, 'required'))))
  return out
}

const hasControl = (v: string, lines: boolean) => [...v].some((c) => c === '\x7f' || (c < ' ' && !(lines && '\n\r\t'.includes(c))))

function codeFaults(fields: Field[], codes: Codes, values: Values, base: string): FieldError[] {
  const out: FieldError[] = []
  for (const { key, property: p } of fields) {
    const v = values[key]
    if (isEmpty(v)) continue
    if (typeof v === 'string' && hasControl(v, p['x-widget'] === 'textarea')) out.push(fault(base + key, 'control'))
    else if (p['x-dictionary']) {
      const item = codes[p['x-dictionary']]?.find((i) => i.code === v)
      if (!item || item.retired) out.push(fault(base + key, 'dictionary', { now: String(v) }))
      else if (p['x-parent'] && item.parent_code !== values[p['x-parent']]) out.push(fault(base + key, 'cascade', { now: String(v) }))
    } else if (p['x-widget'] === 'table' && Array.isArray(v)) v.forEach((row, i) => out.push(...codeFaults(fieldsOf(p.items as Definition), codes, row as Values, `${base + key}/${i}/`)))
  }
  return out
}

/** What is wrong with the values, as the server would say it. */
export function check(d: Definition, codes: Codes, values: Values): FieldError[] {
  const clean = tidy(d, values, false)
  const faults = [...requiredFaults(d, clean), ...schemaFaults(d, clean)]
  return faults.length ? faults : codeFaults(fieldsOf(d), codes, clean, '')
}

export type Branch = { value: string; label: string; children?: Branch[] }
/** Items that hang below each other as a tree of options. One whose parent is not in the list is a root. */
export function branchesOf(items: readonly CodeItem[], valueOf: (i: CodeItem) => string = (i) => i.code!): Branch[] {
  const codes = new Set(items.map((i) => i.code))
  const under = (parent: string | null): Branch[] =>
    items.filter((i) => (i.parent_code && codes.has(i.parent_code) ? i.parent_code : null) === parent).map((i) => {
      const children = under(i.code!)
      return { value: valueOf(i), label: labelOf(i), ...(children.length ? { children } : {}) }
    })
  return under(null)
}

/** The rules of a form's fields for `useForm`, each saying the first fault at or below its field; `values` are those of the model. */
export function schemaRules<T>(name: string, d: Definition | undefined, codes: Codes, values: (m: T) => Values): Record<string, (m: T) => string | undefined> {
  let last: { key: string; faults: FieldError[] } | undefined
  const faults = (m: T): FieldError[] => {
    const clean = tidy(d!, values(m))
    const key = JSON.stringify(clean)
    if (last?.key !== key) last = { key, faults: check(d!, codes, clean) }
    return last.faults
  }
  return Object.fromEntries(fieldsOf(d).map((f) => [`${name}.${f.key}`, (m: T) => {
    const e = faults(m).find((x) => x.field === f.key || x.field.startsWith(`${f.key}/`))
    const row = e && /\/(\d+)\/(\w+)$/.exec(e.field)
    if (!row || f.property['x-widget'] !== 'table') return e && sayField(e)
    return t('shared.form.in_row', { n: Number(row[1]) + 1, name: wordsOf(f.property.items?.properties?.[row[2]!]?.['x-label']), problem: sayField(e) })
  }]))
}

/** A value as a person reads it. */
export function wordOf(p: Property, codes: Codes, v: unknown): string {
  if (isEmpty(v)) return ''
  if (typeof v === 'boolean') return t(v ? 'shared.list.yes' : 'shared.list.no')
  if (typeof v === 'number') return formatNumber(v) + (p['x-unit'] ? ` ${p['x-unit']}` : '')
  const code = (x: unknown) => wordsOf(p['x-enum-labels']?.[String(x)]) || String(x)
  if (p['x-widget'] === 'choice') return code(v)
  if (p['x-widget'] === 'choices' && Array.isArray(v)) return v.map(code).join(t('shared.comma'))
  if (p['x-widget'] === 'table' && Array.isArray(v)) return t('shared.form.row_count', { n: v.length })
  if (p['x-widget'] === 'datetime') return formatFull(String(v))
  if (p['x-widget'] === 'ref') return p['x-ref'] === 'file' ? t('shared.form.has_file') : '…'
  if (!p['x-dictionary']) return String(v)
  const way: string[] = []
  for (let i = codes[p['x-dictionary']]?.find((x) => x.code === v); i && way.length < 6; i = codes[p['x-dictionary']]?.find((x) => x.code === i!.parent_code)) {
    way.unshift(labelOf(i))
    if (p['x-widget'] !== 'cascade') break
  }
  return way.join(' / ') || String(v)
}
