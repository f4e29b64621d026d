import type { components, paths } from '@/gen/api'
import { api, unwrap } from '@/shared/api'
import { formatTime } from '@/shared/format'
import { wordOf, type Property, type Widget } from '@/shared/form/schemaForm'
import { wordsOf } from '@/shared/i18n'
import { endsOf, type Column, type FilterField, type ListSchema, type Option } from '@/shared/list/schema'
import type { Catalogue } from './useCatalogue'

type Query = paths['/api/v1/assets']['get']['parameters']['query']
export type AssetItem = components['schemas']['AssetItem']

/** A category alone says nothing: its code holds the class before a colon in the URL. */
export const branch = (cls: string, category = '') => (category ? `${cls}:${category}` : cls)
export const classIn = (at?: string) => (at ?? '').split(':')[0] || undefined
/** An attribute's name in the URL, in orders and in columns. */
export const attributeKey = (field: string) => `attributes.${field}`

const number = (v: string) => (v !== '' && Number.isFinite(Number(v)) ? Number(v) : undefined)
const bounds = (min: unknown, max: unknown) => (min === undefined && max === undefined ? undefined : { ...(min === undefined ? {} : { min }), ...(max === undefined ? {} : { max }) })
const dayStart = (day: string, later = 0) => (day ? new Date(new Date(`${day}T00:00:00`).getTime() + later * 86_400_000 - (later ? 1 : 0)).toISOString() : undefined)
/** A condition of the list as the server takes it. */
export function conditionOf(p: Property, v: string): unknown {
  const [from, to] = endsOf(v)
  switch (p['x-widget']) {
    case 'number': return bounds(number(from), number(to))
    case 'date': return bounds(from || undefined, to || undefined)
    case 'datetime': return bounds(dayStart(from), dayStart(to, 1))
    case 'switch': return v === 'true'
    case 'text': return v
    default: return v.split(',')
  }
}
/** The conditions on attributes of the class that the parameters hold. */
export function whereOf(c: Catalogue, params: Record<string, unknown>): Record<string, unknown> {
  const fields = c.attributes(classIn(params.class as string | undefined))
  return Object.fromEntries(fields.flatMap(({ key, property }) => {
    const v = params[attributeKey(key)]
    const condition = typeof v === 'string' && v ? conditionOf(property, v) : undefined
    return condition === undefined ? [] : [[key, condition]]
  }))
}
export function queryOf(c: Catalogue, params: Record<string, unknown>): NonNullable<Query> {
  const { class: at, ...rest } = params as { class?: string } & NonNullable<Query>
  const [cls, category] = (at ?? '').split(':')
  const where = whereOf(c, params)
  const plain = Object.fromEntries(Object.entries(rest).filter(([k]) => !k.startsWith('attributes.')))
  return { ...plain, ...(cls ? { class: cls } : {}), ...(category ? { category } : {}), ...(Object.keys(where).length ? { where: JSON.stringify(where) } : {}) }
}

const FILTER_KINDS: Partial<Record<Widget, FilterField['kind']>> = { text: 'text', number: 'range', date: 'dates', datetime: 'dates', switch: 'bool' }
function optionsOf(c: Catalogue, p: Property): Option[] {
  const codes = p.enum ?? p.items?.enum ?? c.list(p['x-dictionary'] ?? '').filter((i) => !i.retired).map((i) => i.code!)
  return codes.map((code) => ({ value: code, label: wordOf(p, c.codes.value, p['x-widget'] === 'choices' ? [code] : code) }))
}
function attributeFilters(c: Catalogue, cls: string | undefined): FilterField[] {
  return c.attributes(cls).filter((f) => f.property['x-uses']?.includes('filter') && c.indexed(cls, f.key)).map(({ key, property: p }) => ({
    key: attributeKey(key), label: '', said: wordsOf(p['x-label']), kind: FILTER_KINDS[p['x-widget']] ?? 'multi', options: optionsOf(c, p), ...(p['x-widget'] === 'text' ? { placeholder: 'assets.begins' } : {}),
  }))
}
function attributeColumns(c: Catalogue, cls: string | undefined): Column<AssetItem>[] {
  return c.attributes(cls).filter((f) => f.property['x-uses']?.includes('column')).map(({ key, property: p }) => ({
    key: attributeKey(key), label: '', said: wordsOf(p['x-label']), width: '112px', text: (a) => wordOf(p, c.codes.value, a.attributes?.[key]),
    ...(p['x-widget'] === 'number' ? { align: 'right' as const } : {}),
    ...(p['x-uses']?.includes('filter') && p['x-widget'] !== 'choices' && c.indexed(cls, key) ? { sort: attributeKey(key) } : {}),
  }))
}

/** With the attributes of the class that the list is of. */
export function assetSchema(c: Catalogue, cls?: string): ListSchema<AssetItem> {
  const sayClass = (v: string) => {
    const [cls, category] = v.split(':')
    return [c.className(cls), category ? c.categoryName(cls, category) : ''].filter(Boolean).join(' / ') || v
  }
  return {
    name: 'assets',
    title: 'assets.title',
    noun: 'assets.noun',
    unit: 'assets.unit',
    rowKey: (a) => a.id!,
    rowName: (a) => `${a.name} ${a.asset_no}`,
    open: (a) => ({ name: 'asset', params: { id: a.id! } }),
    load: (params, signal) => unwrap(api.GET('/api/v1/assets', { params: { query: queryOf(c, params) }, signal })),
    filters: [
      { key: 'q', label: 'assets.field.name', kind: 'text', placeholder: 'assets.search' },
      { key: 'org', label: 'assets.field.org', kind: 'org' },
      { key: 'state', label: 'assets.field.state', kind: 'select', options: c.options('asset_state') },
      { key: 'importance', label: 'assets.field.importance', kind: 'select', options: c.options('importance') },
      { key: 'address', label: 'assets.field.ip', kind: 'text', placeholder: 'assets.search_ip' },
      { key: 'source', label: 'assets.field.source', kind: 'select', options: c.options('asset_source') },
      { key: 'exposed', label: 'assets.field.exposed', kind: 'bool' },
      ...attributeFilters(c, cls),
      { key: 'class', label: 'assets.field.class', kind: 'text', hidden: true, say: sayClass },
    ],
    columns: [
      { key: 'name', label: 'assets.field.name', fixed: true, width: '21%', sort: 'name' },
      { key: 'main_address', label: 'assets.field.address', mono: true, width: '130px' },
      { key: 'org_name', label: 'assets.field.org' },
      { key: 'category', label: 'assets.field.class', width: '112px', text: (a) => c.categoryName(a.class_code, a.category_code) || c.className(a.class_code) },
      { key: 'os', label: 'assets.field.os', width: '132px', text: (a) => [a.os_name, a.os_version].filter(Boolean).join(' ') },
      ...attributeColumns(c, cls),
      { key: 'importance', label: 'assets.field.importance', width: '76px', text: (a) => c.word('importance', a.importance) },
      { key: 'state_code', label: 'assets.field.state', width: '76px' },
      { key: 'source_code', label: 'assets.field.source', width: '96px', off: true, text: (a) => c.word('asset_source', a.source_code) },
      { key: 'asset_no', label: 'assets.field.no', mono: true, width: '200px', off: true },
      { key: 'updated_at', label: 'assets.field.updated', width: '124px', sort: 'updated_at', text: (a) => (a.updated_at ? formatTime(a.updated_at) : '') },
    ],
  }
}
