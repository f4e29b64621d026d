import { api, unwrap } from '@/shared/api'
import { formatTime } from '@/shared/format'
import type { ListSchema } from '@/shared/list/schema'
import { kindName, kindOptions, levelOptions, sourceName, sourceOptions, warningStates, type WarningItem } from './words'

export function warningSchema(): ListSchema<WarningItem> {
  return {
    name: 'warnings',
    title: 'warnings.list.title',
    noun: 'warnings.noun',
    unit: 'warnings.unit',
    poll: true,
    rowKey: (w) => w.id!,
    rowName: (w) => w.title ?? '',
    open: (w) => ({ name: 'warning', params: { id: w.id! } }),
    load: (params, signal) => unwrap(api.GET('/api/v1/warnings', { params: { query: params }, signal })),
    filters: [
      { key: 'q', label: 'warnings.field.title', kind: 'text', placeholder: 'warnings.list.search' },
      { key: 'state', label: 'warnings.field.state', kind: 'select', options: warningStates },
      { key: 'level', label: 'warnings.field.level', kind: 'select', options: levelOptions },
      { key: 'kind', label: 'warnings.field.kind', kind: 'select', options: kindOptions },
      { key: 'source', label: 'warnings.field.source', kind: 'select', options: sourceOptions },
      { key: 'open', label: 'warnings.list.open', kind: 'bool' },
      { key: 'overdue', label: 'warnings.list.overdue', kind: 'bool' },
      { key: 'from', label: 'warnings.list.from', kind: 'datetime' },
      { key: 'to', label: 'warnings.list.to', kind: 'datetime' },
      { key: 'published_from', label: 'warnings.list.published_from', kind: 'datetime' },
      { key: 'published_to', label: 'warnings.list.published_to', kind: 'datetime' },
    ],
    columns: [
      { key: 'title', label: 'warnings.field.title', fixed: true },
      { key: 'level', label: 'warnings.field.level', width: '98px' },
      { key: 'state', label: 'warnings.field.state', width: '122px' },
      { key: 'progress', label: 'warnings.list.progress', width: '280px' },
      { key: 'next_due_at', label: 'warnings.list.due', width: '168px' },
      { key: 'kind_code', label: 'warnings.field.kind', width: '120px', text: (w) => kindName(w.kind_code) },
      { key: 'number', label: 'warnings.field.number', width: '186px', mono: true, off: true },
      { key: 'source_kind', label: 'warnings.field.source', width: '110px', off: true, text: (w) => sourceName(w.source_kind) },
      { key: 'org_name', label: 'warnings.field.issuer', width: '170px', off: true },
      { key: 'created_by_name', label: 'warnings.field.author', width: '90px', off: true },
      { key: 'published_at', label: 'warnings.field.published', width: '120px', off: true, text: (w) => formatTime(w.published_at) },
      { key: 'created_at', label: 'warnings.field.created', width: '124px', text: (w) => formatTime(w.created_at) },
    ],
  }
}
