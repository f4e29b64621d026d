import type { components } from '@/gen/api'
import { api, unwrap } from '@/shared/api'
import { formatTime } from '@/shared/format'
import { t } from '@/shared/i18n'
import type { ListSchema } from '@/shared/list/schema'
import { levelName, typeName } from './dictionary'
import type { usePlaces } from './usePlaces'

export type Org = components['schemas']['Org']

export function orgSchema(places: ReturnType<typeof usePlaces>, orgName: (id: string) => string): ListSchema<Org> {
  return {
    name: 'orgs',
    title: 'org.list.title',
    noun: 'org.noun',
    unit: 'org.unit',
    rowKey: (o) => o.id!,
    rowName: (o) => o.name ?? '',
    open: (o) => ({ name: 'org', params: { id: o.id! } }),
    load: (params, signal) => unwrap(api.GET('/api/v1/orgs', { params: { query: params }, signal })),
    filters: [
      { key: 'q', label: 'org.field.name', kind: 'text', placeholder: 'org.list.search' },
      { key: 'region', label: 'org.field.region', kind: 'select', options: places.regionOptions },
      { key: 'sector', label: 'org.field.sector', kind: 'select', options: places.sectorOptions },
      { key: 'state', label: 'org.field.state', kind: 'select', options: () => [{ value: 'active', label: t('shared.state.org.active') }, { value: 'closed', label: t('shared.state.org.closed') }] },
      { key: 'liaison', label: 'org.person.liaison', kind: 'select', options: () => [{ value: 'missing', label: t('org.person.liaison_missing') }] },
      { key: 'parent', label: 'org.field.parent', kind: 'text', hidden: true, say: (id) => orgName(id) },
    ],
    columns: [
      { key: 'name', label: 'org.field.name', fixed: true },
      { key: 'parent_name', label: 'org.field.parent', width: '14%' },
      { key: 'org_type', label: 'org.field.type', width: '112px', text: (o) => typeName(o.org_type) },
      { key: 'org_level', label: 'org.field.level', width: '88px', text: (o) => levelName(o.org_level) },
      { key: 'region_code', label: 'org.field.region', width: '116px', text: (o) => places.regionName(o.region_code) },
      { key: 'sector_code', label: 'org.field.sector', width: '112px', text: (o) => (o.sector_code ? places.sectorName(o.sector_code) : '—') },
      { key: 'uscc', label: 'org.field.uscc', mono: true, width: '170px', off: true },
      { key: 'address', label: 'org.field.address', off: true },
      { key: 'state', label: 'org.field.state', width: '84px' },
      { key: 'updated_at', label: 'org.field.updated', width: '124px', text: (o) => formatTime(o.updated_at) },
    ],
  }
}
