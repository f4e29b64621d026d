/** What the designer does to a definition: pure, each gives a new one. */
import { fieldsOf, usesOf, type Condition, type Definition, type Property, type Widget } from '@/shared/form/schemaForm'

const BASE: Record<Widget, Omit<Property, 'x-label' | 'x-widget'>> = {
  text: { type: 'string', maxLength: 200 }, textarea: { type: 'string', maxLength: 2000 }, number: { type: 'number' }, date: { type: 'string', format: 'date' },
  datetime: { type: 'string', format: 'date-time' }, switch: { type: 'boolean' }, choice: { type: 'string', enum: ['1', '2'] }, choices: { type: 'array', items: { type: 'string', enum: ['1', '2'] } },
  dictionary: { type: 'string', 'x-dictionary': '' }, cascade: { type: 'string', 'x-dictionary': '' }, ref: { type: 'string', format: 'uuid', 'x-ref': 'org' },
  table: { type: 'array', items: { type: 'object', properties: { name: { type: 'string', maxLength: 200, 'x-widget': 'text', 'x-label': { zh: '名称', en: 'Name' }, 'x-order': 1 } } } },
}
const KEPT = ['x-label', 'x-help', 'x-order', 'x-section'] as const
const copy = <T>(v: T): T => JSON.parse(JSON.stringify(v)) as T

export function freeKey(d: Pick<Definition, 'properties'>, stem: string): string {
  for (let n = 1; ; n++) {
    const key = n === 1 ? stem : `${stem}_${n}`
    if (!(key in d.properties)) return key
  }
}
const ordered = (d: Definition, keys: string[]): Definition => ({ ...d, properties: Object.fromEntries(keys.map((k, i) => [k, { ...d.properties[k]!, 'x-order': i + 1 }])) })
/** Fields in the order that they show, with x-order saying the same. */
export const inOrder = (d: Definition): Definition => ordered(d, fieldsOf(d).map((f) => f.key))

export function addField(d: Definition, widget: Widget, label: { zh: string; en?: string }): { definition: Definition; key: string } {
  const key = freeKey(d, widget === 'ref' ? 'record' : widget)
  const definition = inOrder({ ...d, properties: { ...d.properties, [key]: { ...copy(BASE[widget]), 'x-widget': widget, 'x-label': label, 'x-order': 9_000 } as Property } })
  return { definition, key }
}

const withoutIn = (list: string[] | undefined, key: string) => (list?.includes(key) ? list.filter((k) => k !== key) : list)
function conditionsWithout(list: Condition[], key: string): Condition[] {
  return list.flatMap((c) => {
    const out = copy(c)
    delete out.if.properties[key]
    out.if.required = out.if.required.filter((k) => k !== key)
    if (out.then) out.then.required = out.then.required.filter((k) => k !== key)
    if (out.else) delete out.else.properties[key]
    return out.if.required.length && (out.then?.required.length || Object.keys(out.else?.properties ?? {}).length) ? [out] : []
  })
}
/** Without the field, and without whatever spoke of it. */
export function removeField(d: Definition, key: string): Definition {
  const out = copy(d)
  delete out.properties[key]
  out.required = withoutIn(out.required, key)
  for (const p of Object.values(out.properties)) if (p['x-parent'] === key) delete p['x-parent']
  out.allOf = conditionsWithout(out.allOf ?? [], key)
  return inOrder(out)
}

export function renameField(d: Definition, from: string, to: string): Definition {
  const swap = (k: string) => (k === from ? to : k)
  const keys = <T>(o: Record<string, T>) => Object.fromEntries(Object.entries(o).map(([k, v]) => [swap(k), v]))
  const out = copy(d)
  out.properties = keys(out.properties)
  out.required = out.required?.map(swap)
  for (const p of Object.values(out.properties)) if (p['x-parent'] === from) p['x-parent'] = to
  out.allOf = out.allOf?.map((c) => ({
    ...c,
    if: { required: c.if.required.map(swap), properties: keys(c.if.properties) },
    ...(c.then ? { then: { required: c.then.required.map(swap) } } : {}),
    ...(c.else ? { else: { properties: keys(c.else.properties) } } : {}),
  }))
  return out
}

export function moveField(d: Definition, key: string, by: number): Definition {
  const keys = fieldsOf(d).map((f) => f.key)
  const at = keys.indexOf(key), to = Math.max(0, Math.min(keys.length - 1, at + by))
  keys.splice(to, 0, ...keys.splice(at, 1))
  return ordered(d, keys)
}

/** Another widget: what it needs comes new, what all have in common stays. */
export function changeWidget(p: Property, widget: Widget): Property {
  const kept = Object.fromEntries(KEPT.filter((k) => p[k] !== undefined).map((k) => [k, p[k]]))
  const dictionary = ['dictionary', 'cascade'].includes(widget) && p['x-dictionary'] ? { 'x-dictionary': p['x-dictionary'] } : {}
  const choices = widget === 'choice' && p.items?.enum ? { enum: p.items.enum } : widget === 'choices' && p.enum ? { items: { type: 'string', enum: p.enum } } : {}
  const labels = ['choice', 'choices'].includes(widget) && p['x-enum-labels'] ? { 'x-enum-labels': p['x-enum-labels'] } : {}
  const uses = p['x-uses']?.filter((u) => usesOf(widget).includes(u))
  return { ...copy(BASE[widget]), ...kept, ...(uses?.length ? { 'x-uses': uses } : {}), ...dictionary, ...choices, ...labels, 'x-widget': widget } as Property
}

export function setRequired(d: Definition, key: string, yes: boolean): Definition {
  const rest = (d.required ?? []).filter((k) => k !== key)
  return { ...d, required: yes ? [...rest, key] : rest }
}

/** Without what says nothing: an empty list, a keyword without a value. */
export function tidied(d: Definition): Definition {
  const out = inOrder(copy(d))
  if (!out.required?.length) delete out.required
  if (!out.allOf?.length) delete out.allOf
  if (!out['x-sections']?.length) delete out['x-sections']
  const clean = (p: Property) => {
    for (const [k, v] of Object.entries(p)) if (v === '' || v === null || v === undefined) delete (p as unknown as Record<string, unknown>)[k]
    if (p['x-help'] && !p['x-help'].zh) delete p['x-help']
    for (const c of Object.values(p.items?.properties ?? {})) clean(c)
    if (p.items?.required && !p.items.required.length) delete p.items.required
  }
  Object.values(out.properties).forEach(clean)
  return out
}
