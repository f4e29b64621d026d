import type { components } from '@/gen/api'
import { api, unwrap } from '@/shared/api'
import { formatNumber, formatTime } from '@/shared/format'
import type { ListSchema } from '@/shared/list/schema'

export type Job = components['schemas']['Job']

/** Share done, 0..1. A file whose length is not known until its end stands at nothing, then at all. */
export function shareDone(j: Pick<Job, 'state' | 'rows_done' | 'rows_total'>): number {
  if (j.state === 'done') return 1
  return j.rows_total ? Math.min(1, (j.rows_done ?? 0) / j.rows_total) : 0
}

export function scanSchema(): ListSchema<Job> {
  return {
    name: 'discoveries',
    title: 'discovery.scan.title',
    noun: 'discovery.scan.noun',
    unit: 'discovery.scan.unit',
    poll: true,
    rowKey: (j) => j.id,
    rowName: (j) => j.file_name ?? j.id,
    load: (params, signal) => unwrap(api.GET('/api/v1/imports', { params: { query: { kind: 'discovery_import', page: params.page, size: params.size } }, signal })),
    filters: [],
    columns: [
      { key: 'file_name', label: 'discovery.scan.file', fixed: true },
      { key: 'state', label: 'discovery.scan.state', width: '150px' },
      { key: 'progress', label: 'discovery.scan.progress', width: '210px' },
      { key: 'created', label: 'discovery.scan.created', width: '90px', align: 'right' },
      { key: 'updated', label: 'discovery.scan.updated', width: '90px', align: 'right', text: (j) => formatNumber(j.updated ?? 0) },
      { key: 'rejected', label: 'discovery.scan.rejected', width: '90px', align: 'right', text: (j) => formatNumber(j.rejected ?? 0) },
      { key: 'created_at', label: 'discovery.scan.at', width: '124px', text: (j) => formatTime(j.created_at) },
      { key: 'finished_at', label: 'discovery.scan.finished', width: '124px', text: (j) => formatTime(j.finished_at) },
      { key: 'error', label: 'discovery.scan.error' },
    ],
  }
}
