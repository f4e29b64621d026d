import type { components } from '@/gen/api'
import { api, unwrap } from '@/shared/api'
import { formatNumber, formatTime } from '@/shared/format'
import { te, t } from '@/shared/i18n'
import type { ListSchema } from '@/shared/list/schema'

export type Job = components['schemas']['QueueJob']
/** A kind of a later version, or of a site's own, is its code. */
export const kindName = (kind: string) => (te(`queue.kind.${kind}`) ? t(`queue.kind.${kind}`) : kind)

export function jobSchema(): ListSchema<Job> {
  return {
    name: 'jobs',
    title: 'queue.title',
    noun: 'queue.noun',
    unit: 'queue.unit',
    rowKey: (j) => j.id!,
    rowName: (j) => kindName(j.kind!),
    poll: true,
    load: (params, signal) => unwrap(api.GET('/api/v1/jobs', { params: { query: params }, signal })),
    filters: [{ key: 'state', label: 'queue.field.state', kind: 'select', options: () => ['queued', 'running', 'done', 'failed'].map((s) => ({ value: s, label: t(`shared.state.job.${s}`) })) }],
    columns: [
      { key: 'kind', label: 'queue.field.kind', fixed: true, width: '170px', text: (j) => kindName(j.kind!) },
      { key: 'state', label: 'queue.field.state', width: '110px' },
      { key: 'rows', label: 'queue.field.rows', width: '150px', align: 'right', text: (j) => (j.rows_total ? `${formatNumber(j.rows_done ?? 0)} / ${formatNumber(j.rows_total)}` : formatNumber(j.rows_done ?? 0)) },
      { key: 'attempts', label: 'queue.field.attempts', width: '90px', align: 'right', off: true },
      { key: 'created_by', label: 'queue.field.by', width: '130px', off: true },
      { key: 'org_name', label: 'queue.field.org', width: '180px' },
      { key: 'error', label: 'queue.field.error' },
      { key: 'created_at', label: 'queue.field.created', width: '130px', text: (j) => formatTime(j.created_at) },
      { key: 'finished_at', label: 'queue.field.finished', width: '130px', text: (j) => (j.finished_at ? formatTime(j.finished_at) : j.next_at ? t('queue.next', { at: formatTime(j.next_at) }) : '—') },
    ],
  }
}
