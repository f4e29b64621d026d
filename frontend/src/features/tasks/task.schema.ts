import { api, unwrap } from '@/shared/api'
import { formatTime } from '@/shared/format'
import { t } from '@/shared/i18n'
import type { ListSchema } from '@/shared/list/schema'
import { placeOf, type Task } from './useTasks'

export const STEPS = ['sign', 'feedback', 'review', 'extend', 'approve', 'publish', 'revise', 'report'] as const

export function taskSchema(mine: 'todo' | 'done'): ListSchema<Task> {
  const todo = mine === 'todo'
  return {
    name: todo ? 'tasks' : 'tasks-done',
    title: `tasks.${mine}.title`,
    noun: `tasks.${mine}.noun`,
    unit: 'tasks.unit',
    poll: true,
    rowKey: (x) => x.id!,
    rowName: (x) => `${t(`tasks.step.${x.step}`)} ${x.title ?? ''} ${x.unit_name ?? ''}`,
    open: (x) => placeOf(x),
    load: (params, signal) => unwrap(api.GET('/api/v1/tasks', { params: { query: { ...params, mine } }, signal })),
    filters: [
      { key: 'q', label: 'tasks.field.title', kind: 'text', placeholder: 'tasks.search' },
      { key: 'level', label: 'tasks.field.level', kind: 'select', options: () => [1, 2, 3, 4].map((n) => ({ value: String(n), label: t(`shared.level.warning.${n}`) })) },
      { key: 'step', label: 'tasks.field.step', kind: 'select', options: () => STEPS.map((s) => ({ value: s, label: t(`tasks.step.${s}`) })) },
      ...(todo ? [{ key: 'overdue', label: 'tasks.field.overdue', kind: 'bool' as const, hidden: true, say: (v: string) => t(v === 'true' ? 'shared.list.yes' : 'shared.list.no') }] : []),
    ],
    columns: [
      { key: 'title', label: 'tasks.field.title', fixed: true },
      { key: 'level', label: 'tasks.field.level', width: '98px' },
      { key: 'step', label: 'tasks.field.step', width: '104px', text: (x) => x.node_name || t(`tasks.step.${x.step}`) },
      { key: 'unit_name', label: 'tasks.field.unit', width: '196px' },
      ...(todo
        ? [
            { key: 'subject_state', label: 'tasks.field.state', width: '136px' },
            { key: 'due_at', label: 'tasks.field.due', width: '164px' },
            { key: 'opened_at', label: 'tasks.field.opened', width: '124px', text: (x: Task) => formatTime(x.opened_at) },
          ]
        : [
            { key: 'outcome', label: 'tasks.field.outcome', width: '120px' },
            { key: 'opinion', label: 'tasks.field.opinion', width: '240px' },
            { key: 'subject_state', label: 'tasks.field.now', width: '136px' },
            { key: 'closed_at', label: 'tasks.field.closed', width: '124px', text: (x: Task) => formatTime(x.closed_at) },
          ]),
    ],
  }
}
