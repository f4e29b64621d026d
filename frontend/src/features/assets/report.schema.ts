import type { components } from '@/gen/api'
import { api, unwrap } from '@/shared/api'
import { formatTime } from '@/shared/format'
import { t } from '@/shared/i18n'
import type { ListSchema } from '@/shared/list/schema'
import type { Catalogue } from './useCatalogue'

export type Report = components['schemas']['AssetChange']
const STATES = ['review', 'accepted', 'rejected', 'withdrawn', 'stale'] as const

export const reportSchema = (c: Catalogue): ListSchema<Report> => ({
  name: 'asset-changes',
  title: 'assets.report.title',
  noun: 'assets.report.noun',
  unit: 'assets.report.unit',
  rowKey: (x) => x.id!,
  rowName: (x) => x.title ?? '',
  open: (x) => ({ name: 'asset_change', params: { id: x.id! } }),
  load: (params, signal) => unwrap(api.GET('/api/v1/asset-changes', { params: { query: params }, signal })),
  filters: [{ key: 'state', label: 'assets.field.state', kind: 'select', options: () => STATES.map((s) => ({ value: s, label: t(`shared.state.asset_change.${s}`) })) }],
  columns: [
    { key: 'title', label: 'assets.report.field.title', fixed: true },
    { key: 'action', label: 'assets.report.field.action', width: '88px', text: (x) => t(`assets.report.action.${x.action}`) },
    { key: 'class_code', label: 'assets.field.class', width: '128px', text: (x) => c.className(x.class_code) || '—' },
    { key: 'org_name', label: 'assets.field.org', width: '220px' },
    { key: 'state', label: 'assets.field.state', width: '112px' },
    { key: 'created_by', label: 'assets.report.field.by', width: '112px' },
    { key: 'created_at', label: 'assets.report.field.at', width: '128px', text: (x) => formatTime(x.created_at) },
    { key: 'ended_at', label: 'assets.report.field.ended', width: '128px', text: (x) => formatTime(x.ended_at) },
  ],
})
