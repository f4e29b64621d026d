import { api, unwrap } from '@/shared/api'
import { formatNumber, formatTime } from '@/shared/format'
import { t } from '@/shared/i18n'
import type { ListSchema } from '@/shared/list/schema'
import { formatName, type Source } from './words'

export function sourceSchema(): ListSchema<Source> {
  return {
    name: 'sources',
    title: 'ingest.source.title',
    noun: 'ingest.source.noun',
    unit: 'ingest.source.unit',
    rowKey: (s) => s.id!,
    rowName: (s) => s.name ?? '',
    load: (params, signal) => unwrap(api.GET('/api/v1/sources', { params: { query: params }, signal })),
    filters: [],
    columns: [
      { key: 'name', label: 'ingest.source.name', fixed: true, width: '200px' },
      { key: 'org_name', label: 'ingest.source.org' },
      { key: 'format', label: 'ingest.source.format', width: '120px', text: (s) => formatName(s.format) },
      { key: 'space_name', label: 'ingest.source.space', width: '170px' },
      { key: 'victim', label: 'ingest.source.victim', width: '104px', text: (s) => t(`ingest.victim.${s.victim ?? 'auto'}`) },
      { key: 'trust', label: 'ingest.source.trust', width: '116px', align: 'right', text: (s) => formatNumber(s.trust) },
      { key: 'tz', label: 'ingest.source.tz', width: '130px', off: true },
      { key: 'state', label: 'ingest.source.state', width: '88px' },
      { key: 'events_24h', label: 'ingest.source.events', width: '130px', align: 'right' },
      { key: 'last_seen_at', label: 'ingest.source.last', width: '124px', text: (s) => (s.last_seen_at ? formatTime(s.last_seen_at) : t('ingest.source.never')) },
    ],
  }
}
