import type { components, paths } from '@/gen/api'
import { api, unwrap } from '@/shared/api'
import { formatTime } from '@/shared/format'
import type { ListSchema } from '@/shared/list/schema'
import type { useCatalogue } from './useCatalogue'

type Query = paths['/api/v1/assets']['get']['parameters']['query']
export type AssetItem = components['schemas']['AssetItem']

export function assetSchema(c: ReturnType<typeof useCatalogue>): ListSchema<AssetItem> {
  return {
    name: 'assets',
    title: 'assets.title',
    noun: 'assets.noun',
    unit: 'assets.unit',
    rowKey: (a) => a.id!,
    rowName: (a) => `${a.name} ${a.asset_no}`,
    load: (params, signal) => unwrap(api.GET('/api/v1/assets', { params: { query: params as Query }, signal })),
    filters: [
      { key: 'q', label: 'assets.field.name', kind: 'text', placeholder: 'assets.search' },
      { key: 'class', label: 'assets.field.class', kind: 'select', options: c.classes },
      { key: 'org', label: 'assets.field.org', kind: 'org' },
      { key: 'state', label: 'assets.field.state', kind: 'select', options: c.options('asset_state') },
      { key: 'importance', label: 'assets.field.importance', kind: 'select', options: c.options('importance') },
      { key: 'source', label: 'assets.field.source', kind: 'select', options: c.options('asset_source') },
      { key: 'exposed', label: 'assets.field.exposed', kind: 'bool' },
    ],
    columns: [
      { key: 'name', label: 'assets.field.name', fixed: true, sort: 'name' },
      { key: 'main_address', label: 'assets.field.address', mono: true, width: '170px' },
      { key: 'org_name', label: 'assets.field.org' },
      { key: 'category', label: 'assets.field.class', width: '150px', text: (a) => c.categoryName(a.class_code, a.category_code) || c.className(a.class_code) },
      { key: 'os', label: 'assets.field.os', width: '150px', text: (a) => [a.os_name, a.os_version].filter(Boolean).join(' ') },
      { key: 'importance', label: 'assets.field.importance', width: '88px', text: (a) => c.word('importance', a.importance) },
      { key: 'state_code', label: 'assets.field.state', width: '88px', text: (a) => c.word('asset_state', a.state_code) },
      { key: 'source_code', label: 'assets.field.source', width: '96px', off: true, text: (a) => c.word('asset_source', a.source_code) },
      { key: 'asset_no', label: 'assets.field.no', mono: true, width: '200px', off: true },
      { key: 'updated_at', label: 'assets.field.updated', width: '104px', sort: 'updated_at', text: (a) => (a.updated_at ? formatTime(a.updated_at) : '') },
    ],
  }
}
