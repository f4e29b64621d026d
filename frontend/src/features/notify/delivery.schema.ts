import { api, unwrap } from '@/shared/api'
import { formatTime } from '@/shared/format'
import { t } from '@/shared/i18n'
import type { ListSchema } from '@/shared/list/schema'
import { KINDS, type Delivery } from './useConfig'

const STATES = ['waiting', 'sent', 'dead', 'skipped'] as const

export function deliverySchema(events: { name: (code?: string) => string; options: () => { value: string; label: string }[] }): ListSchema<Delivery> {
  return {
    name: 'deliveries',
    title: 'notify.log.title',
    noun: 'notify.log.noun',
    unit: 'notify.log.unit',
    poll: true,
    rowKey: (d) => d.id!,
    rowName: (d) => `${d.receiver_name ?? ''} ${d.title ?? ''}`,
    load: (params, signal) => unwrap(api.GET('/api/v1/deliveries', { params: { query: params }, signal })),
    filters: [
      { key: 'q', label: 'notify.log.receiver', kind: 'text', placeholder: 'notify.log.search' },
      { key: 'state', label: 'notify.field.state', kind: 'select', options: () => STATES.map((s) => ({ value: s, label: t(`shared.state.delivery.${s}`) })) },
      { key: 'kind', label: 'notify.field.kind', kind: 'select', options: () => KINDS.map((k) => ({ value: k, label: t(`notify.kind.${k}`) })) },
      { key: 'event', label: 'notify.field.event', kind: 'select', options: events.options },
      { key: 'level', label: 'notify.field.level', kind: 'select', options: () => [1, 2, 3, 4].map((n) => ({ value: String(n), label: t(`shared.level.warning.${n}`) })) },
    ],
    columns: [
      { key: 'title', label: 'notify.log.what', fixed: true },
      { key: 'level', label: 'notify.field.level', width: '92px' },
      { key: 'kind', label: 'notify.field.kind', width: '84px', text: (d) => t(`notify.kind.${d.kind}`) },
      { key: 'receiver_name', label: 'notify.log.receiver', width: '116px' },
      { key: 'shown_to', label: 'notify.log.address', width: '168px', mono: true, off: true },
      { key: 'org_name', label: 'notify.log.org', width: '150px', off: true },
      { key: 'channel_name', label: 'notify.log.channel', width: '120px', off: true },
      { key: 'state', label: 'notify.field.state', width: '104px' },
      { key: 'reason', label: 'notify.log.why', width: '210px' },
      { key: 'attempts', label: 'notify.log.attempts', width: '72px', align: 'right', off: true },
      { key: 'created_at', label: 'notify.log.made', width: '112px', off: true, text: (d) => formatTime(d.created_at) },
      { key: 'sent_at', label: 'notify.log.sent', width: '150px', text: (d) => (d.state === 'waiting' && d.next_try_at ? t('notify.log.next', { time: formatTime(d.next_try_at) }) : formatTime(d.sent_at)) },
    ],
  }
}
