import type { components } from '@/gen/api'
import { formatAllowance } from '@/shared/format'
import { t } from '@/shared/i18n'
import type { Option } from '@/shared/list/schema'

export type Warning = components['schemas']['Warning']
export type WarningItem = components['schemas']['WarningItem']
export type Dispatch = components['schemas']['Dispatch']
export type DispatchItem = components['schemas']['DispatchItem']
export type Feedback = components['schemas']['Feedback']
export type WarningClock = components['schemas']['WarningClock']
export type FileRef = components['schemas']['FileRef']

export const WARNING_STATES = ['draft', 'review', 'approved', 'rejected', 'publishing', 'published', 'closed', 'withdrawn'] as const
export const DISPATCH_STATES = ['pending_sign', 'handling', 'reviewing', 'returned', 'accepted', 'terminated', 'withdrawn'] as const
export const KINDS = ['vulnerability', 'malware', 'attack', 'data_security', 'supply_chain', 'major_event', 'misconfiguration', 'other'] as const
export const SOURCES = ['local', 'hisec', 'upper', 'technical', 'vendor', 'unit'] as const
export const RESULTS = ['handled', 'not_involved', 'unable'] as const

export const kindName = (code?: string | null) => (code ? t(`warnings.kind.${code}`) : '—')
export const sourceName = (code?: string | null) => (code ? t(`warnings.source.${code}`) : '—')
export const levelOptions = (): Option[] => [1, 2, 3, 4].map((n) => ({ value: String(n), label: t(`shared.level.warning.${n}`) }))
const list = (codes: readonly string[], key: string) => (): Option[] => codes.map((c) => ({ value: c, label: t(`${key}.${c}`) }))
export const kindOptions = list(KINDS, 'warnings.kind')
export const sourceOptions = list(SOURCES, 'warnings.source')
export const warningStates = list(WARNING_STATES, 'shared.state.warning')
export const dispatchStates = list(DISPATCH_STATES, 'shared.state.dispatch')

/** Receipt, feedback and fix of a level, in words. */
export function allowances(c: WarningClock): { sign: string; feedback: string; fix: string } {
  const say = (m = 0) => formatAllowance(m, c.calendar === 'working', c.day_minutes ?? 0)
  return { sign: say(c.receipt_minutes), feedback: say(c.feedback_minutes), fix: say(c.fix_minutes) }
}
/** How many units it went to, or before publication would go to. */
export const unitsOf = (w: Warning) => w.reach ?? w.targets_total ?? 0

/** A late dispatch says so whatever step it is in. */
export const dispatchState = (d: { state?: string; overdue?: boolean }) => (d.overdue ? 'overdue' : (d.state ?? ''))
/** Neither accepted, terminated nor withdrawn. */
export const isOpen = (d: { state?: string }) => !['accepted', 'terminated', 'withdrawn'].includes(d.state ?? '')
/** The deadline that a closed or standing clock is read against: that of the feedback. */
export const clockOf = (d: DispatchItem) => ({
  due: d.due_at ?? d.due_feedback_at,
  start: d.dispatched_at,
  pausedAt: isOpen(d) ? d.paused_at : null,
  doneAt: isOpen(d) ? null : (d.first_feedback_at ?? d.closed_at),
  extensions: d.extensions,
})
