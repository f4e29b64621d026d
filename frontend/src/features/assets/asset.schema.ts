import type { components, paths } from '@/gen/api'
import { api, unwrap } from '@/shared/api'
import { formatTime } from '@/shared/format'
import type { ListSchema } from '@/shared/list/schema'
import type { Catalogue } from './useCatalogue'

type Query = paths['/api/v1/assets']['get']['parameters']['query']
export type AssetItem = components['schemas']['AssetItem']

/** A category alone says nothing: its code holds the class before a colon in the URL. */
export const branch = (cls: string, category = '') => (category ? `${cls}:${category}` : cls)
export function queryOf(params: Record<string, unknown>): NonNullable<Query> {
  const { class: at, ...rest } = params as { class?: string } & NonNullable<Query>
  const [cls, category] = (at ?? '').split(':')
  return { ...rest, ...(cls ? { class: cls } : {}), ...(category ? { category } : {}) }
}

export function assetSchema(c: Catalogue): ListSchema<AssetItem> {
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
    load: (params, signal) => unwrap(api.GET('/api/v1/assets', { params: { query: queryOf(params) }, signal })),
    filters: [
      { key: 'q', label: 'assets.field.name', kind: 'text', placeholder: 'assets.search' },
      { key: 'org', label: 'assets.field.org', kind: 'org' },
      { key: 'state', label: 'assets.field.state', kind: 'select', options: c.options('asset_state') },
      { key: 'importance', label: 'assets.field.importance', kind: 'select', options: c.options('importance') },
      { key: 'address', label: 'assets.field.ip', kind: 'text', placeholder: 'assets.search_ip' },
      { key: 'source', label: 'assets.field.source', kind: 'select', options: c.options('asset_source') },
      { key: 'exposed', label: 'assets.field.exposed', kind: 'bool' },
      { key: 'class', label: 'assets.field.class', kind: 'text', hidden: true, say: sayClass },
    ],
    columns: [
      { key: 'name', label: 'assets.field.name', fixed: true, width: '21%', sort: 'name' },
      { key: 'main_address', label: 'assets.field.address', mono: true, width: '130px' },
      { key: 'org_name', label: 'assets.field.org' },
      { key: 'category', label: 'assets.field.class', width: '112px', text: (a) => c.categoryName(a.class_code, a.category_code) || c.className(a.class_code) },
      { key: 'os', label: 'assets.field.os', width: '132px', text: (a) => [a.os_name, a.os_version].filter(Boolean).join(' ') },
      { key: 'importance', label: 'assets.field.importance', width: '76px', text: (a) => c.word('importance', a.importance) },
      { key: 'state_code', label: 'assets.field.state', width: '76px' },
      { key: 'source_code', label: 'assets.field.source', width: '96px', off: true, text: (a) => c.word('asset_source', a.source_code) },
      { key: 'asset_no', label: 'assets.field.no', mono: true, width: '200px', off: true },
      { key: 'updated_at', label: 'assets.field.updated', width: '124px', sort: 'updated_at', text: (a) => (a.updated_at ? formatTime(a.updated_at) : '') },
    ],
  }
}
