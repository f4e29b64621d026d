import type { Ref } from 'vue'
import type { paths } from '@/gen/api'
import { api, unwrap } from '@/shared/api'
import { formatNumber, formatTime } from '@/shared/format'
import { mustAskAddress } from '@/shared/list/checks'
import type { ListSchema, Option } from '@/shared/list/schema'
import { formatName, formatOptions, severityOptions, verdictOptions, victimOf, type EventItem } from './words'

type Query = paths['/api/v1/events']['get']['parameters']['query']

export function eventSchema(sources: Ref<Option[]>): ListSchema<EventItem> {
  return {
    name: 'events',
    title: 'ingest.event.title',
    noun: 'ingest.event.noun',
    unit: 'ingest.event.unit',
    poll: true,
    rowKey: (e) => e.id!,
    rowName: (e) => `${e.name} ${victimOf(e)}`,
    open: (e) => ({ name: 'event', params: { id: e.id! } }),
    load: (params, signal) => unwrap(api.GET('/api/v1/events', { params: { query: mustAskAddress(params) as Query }, signal })),
    filters: [
      { key: 'q', label: 'ingest.event.name', kind: 'text', placeholder: 'ingest.event.search' },
      { key: 'severity', label: 'ingest.event.severity', kind: 'select', options: severityOptions },
      { key: 'verdict', label: 'ingest.event.verdict', kind: 'select', options: verdictOptions },
      { key: 'org', label: 'ingest.event.org', kind: 'org' },
      { key: 'address', label: 'ingest.event.address', kind: 'text' },
      { key: 'source', label: 'ingest.event.source', kind: 'select', options: sources },
      { key: 'format', label: 'ingest.event.format', kind: 'select', options: formatOptions },
      { key: 'from', label: 'ingest.event.from', kind: 'datetime' },
      { key: 'to', label: 'ingest.event.to', kind: 'datetime' },
    ],
    columns: [
      { key: 'name', label: 'ingest.event.name', fixed: true, width: '226px' },
      { key: 'severity', label: 'ingest.event.severity', width: '84px' },
      { key: 'occurred_at', label: 'ingest.event.occurred', width: '96px', text: (e) => formatTime(e.occurred_at) },
      { key: 'src', label: 'ingest.event.src', width: '128px', mono: true, text: (e) => e.src_ip },
      { key: 'victim', label: 'ingest.event.victim', width: '128px', mono: true, text: victimOf },
      { key: 'count', label: 'ingest.event.count', width: '72px', align: 'right', text: (e) => formatNumber(e.count ?? 1) },
      { key: 'verdict', label: 'ingest.event.verdict', width: '112px' },
      { key: 'confidence', label: 'ingest.event.confidence', width: '96px' },
      { key: 'org_name', label: 'ingest.event.org' },
      { key: 'asset_name', label: 'ingest.event.asset', off: true },
      { key: 'warning', label: 'ingest.event.warning', width: '80px' },
      { key: 'category', label: 'ingest.event.category', width: '150px', off: true },
      { key: 'source_name', label: 'ingest.event.source', width: '150px', off: true },
      { key: 'format', label: 'ingest.event.format', width: '110px', off: true, text: (e) => formatName(e.format) },
      { key: 'last_seen_at', label: 'ingest.event.last', width: '124px', off: true, text: (e) => formatTime(e.last_seen_at) },
    ],
  }
}
