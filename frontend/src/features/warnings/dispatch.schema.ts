import { api, unwrap } from '@/shared/api'
import { formatTime } from '@/shared/format'
import { t } from '@/shared/i18n'
import type { ListSchema, Option } from '@/shared/list/schema'
import type { Ref } from 'vue'
import { dispatchStates, levelOptions, type DispatchItem } from './words'

interface Places {
  regionOptions: Ref<(Option & { parent?: string | null })[]>
  sectorOptions: Ref<Option[]>
  regionName: (code?: string | null) => string
}

export function dispatchSchema(places: Places): ListSchema<DispatchItem> {
  return {
    name: 'dispatches',
    title: 'warnings.dispatches.title',
    noun: 'warnings.dispatches.noun',
    unit: 'warnings.dispatches.unit',
    poll: true,
    rowKey: (d) => d.id!,
    rowName: (d) => `${d.title ?? ''} ${d.org_name ?? ''}`,
    open: (d) => ({ name: 'dispatch', params: { id: d.id! } }),
    load: (params, signal) => unwrap(api.GET('/api/v1/dispatches', { params: { query: params }, signal })),
    filters: [
      { key: 'q', label: 'warnings.field.title', kind: 'text', placeholder: 'warnings.dispatches.search' },
      { key: 'state', label: 'warnings.field.state', kind: 'select', options: dispatchStates },
      { key: 'org', label: 'warnings.dispatches.org', kind: 'org' },
      { key: 'level', label: 'warnings.field.level', kind: 'select', options: levelOptions },
      { key: 'region', label: 'warnings.dispatches.region', kind: 'select', options: places.regionOptions, say: places.regionName },
      { key: 'sector', label: 'warnings.dispatches.sector', kind: 'select', options: places.sectorOptions },
      { key: 'open', label: 'warnings.dispatches.open', kind: 'bool' },
      { key: 'overdue', label: 'warnings.dispatches.overdue', kind: 'bool' },
      { key: 'due_hours', label: 'warnings.dispatches.due', kind: 'select', options: () => [2, 24, 72].map((h) => ({ value: String(h), label: t('warnings.dispatches.within', { h }) })), say: (h) => t('warnings.dispatches.within', { h }) },
      { key: 'from', label: 'warnings.dispatches.from', kind: 'datetime' },
      { key: 'to', label: 'warnings.dispatches.to', kind: 'datetime' },
      { key: 'mine', label: 'warnings.dispatches.mine', kind: 'select', hidden: true, say: (v) => t(`shared.state.task.${v === 'todo' ? 'open' : 'done'}`) },
      { key: 'warning', label: 'warnings.noun', kind: 'text', hidden: true, say: (id) => id.slice(0, 8) },
    ],
    columns: [
      { key: 'title', label: 'warnings.field.title', fixed: true },
      { key: 'level', label: 'warnings.field.level', width: '98px' },
      { key: 'org_name', label: 'warnings.dispatches.org', width: '200px' },
      { key: 'region_code', label: 'warnings.dispatches.region', width: '116px', text: (d) => places.regionName(d.region_code) },
      { key: 'progress', label: 'warnings.list.progress', width: '100px' },
      { key: 'state', label: 'warnings.field.state', width: '136px' },
      { key: 'due_at', label: 'warnings.list.due', width: '172px' },
      { key: 'round', label: 'warnings.detail.round', width: '64px', align: 'right', text: (d) => d.round },
      { key: 'warning_number', label: 'warnings.field.number', width: '186px', mono: true, off: true },
      { key: 'issuer_org_name', label: 'warnings.field.issuer', width: '170px', off: true },
      { key: 'dispatched_at', label: 'warnings.dispatches.sent', width: '124px', text: (d) => formatTime(d.dispatched_at) },
    ],
  }
}
