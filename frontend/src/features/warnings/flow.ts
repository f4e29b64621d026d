import type { Step } from '@/shared/detail/WorkflowStrip.vue'
import { formatDuration, formatTime } from '@/shared/format'
import { t } from '@/shared/i18n'
import type { Dispatch, Warning } from './words'

const took = (from?: string | null, to?: string | null) => (from && to ? formatDuration((Date.parse(to) - Date.parse(from)) / 1000) : '')
const when = (at?: string | null, from?: string | null) => (at ? [formatTime(at), took(from, at)].filter(Boolean).join(t('shared.comma')) : '')
type Draft = Omit<Step, 'at'> & { done: boolean }

/** The first step that is not done is the present one; a notice that has ended has none. */
function place(steps: Draft[], ended: boolean, returned = false): Step[] {
  const now = ended ? -1 : steps.findIndex((s) => !s.done)
  return steps.map(({ done, ...s }, i) => ({ ...s, at: done ? 'done' : i === now ? (returned ? 'returned' : 'current') : 'ahead' }))
}

/** 起草, 审批, 发布, 签收, 反馈, 审核, 办结, each with who, when and how long. */
export function warningSteps(w: Warning): Step[] {
  const c = w.counts ?? {}
  const total = c.total ?? 0
  const share = (n?: number) => (total ? (n ?? 0) / total : 0)
  const ended = ['closed', 'withdrawn'].includes(w.state ?? '')
  const decided = (c.accepted ?? 0) + (c.terminated ?? 0)
  const sent = w.published_at && w.state !== 'publishing'
  const of = (n?: number) => (total ? t('warnings.flow.of', { n: n ?? 0, total }) : '')
  const steps: Draft[] = [
    { key: 'draft', name: t('warnings.flow.draft'), done: !!w.submitted_at && w.state !== 'rejected' && w.state !== 'draft', share: 0.5, actor: w.created_by_name ?? '', note: formatTime(w.created_at) },
    { key: 'approve', name: t('warnings.flow.approve'), done: !!w.approved_at, share: 0.5, actor: w.approved_by_name ?? '', note: when(w.approved_at, w.submitted_at) },
    { key: 'publish', name: t('warnings.flow.publish'), done: !!sent, share: w.publication?.total ? (w.publication.done ?? 0) / w.publication.total : 0.1,
      actor: w.targets_total ? t('warnings.flow.units', { n: w.targets_total }) : '', note: when(w.published_at, w.approved_at) },
    { key: 'sign', name: t('warnings.flow.sign'), done: !!sent && total > 0 && c.signed === total, share: share(c.signed), actor: sent ? of(c.signed) : '' },
    { key: 'feedback', name: t('warnings.flow.feedback'), done: !!sent && total > 0 && c.fed_back === total, share: share(c.fed_back), actor: sent ? of(c.fed_back) : '',
      note: w.state === 'published' && w.next_due_at ? t('warnings.flow.next_due', { time: formatTime(w.next_due_at) }) : '' },
    { key: 'review', name: t('warnings.flow.review'), done: w.state === 'closed' || (!!sent && total > 0 && decided === total), share: share(decided), actor: sent ? of(decided) : '' },
    { key: 'close', name: t(w.state === 'withdrawn' ? 'warnings.flow.withdrawn' : 'warnings.flow.close'), done: w.state === 'closed', note: formatTime(w.closed_at) === '—' ? '' : formatTime(w.closed_at) },
  ]
  return place(steps, ended, w.state === 'rejected')
}

/** The same for one unit: 下发, 签收, 处置反馈, 审核, 办结. */
export function dispatchSteps(d: Dispatch): Step[] {
  const last = d.feedback?.[0]
  const closed = ['accepted', 'terminated', 'withdrawn'].includes(d.state ?? '')
  const steps: Draft[] = [
    { key: 'send', name: t('warnings.flow.send'), done: true, actor: d.issuer_org_name ?? '', note: formatTime(d.dispatched_at) },
    { key: 'sign', name: t('warnings.flow.sign'), done: !!d.signed_at, share: 0.1, actor: d.signed_by_name ?? '', note: d.signed_at ? when(d.signed_at, d.dispatched_at) : t('warnings.flow.until', { time: formatTime(d.due_sign_at) }) },
    { key: 'feedback', name: t('warnings.flow.feedback'), done: ['reviewing', 'accepted'].includes(d.state ?? ''), share: 0.5, actor: last ? t('warnings.flow.round', { n: last.round, name: last.submitted_by_name ?? '' }) : '',
      note: last && d.state !== 'returned' ? when(last.submitted_at, d.dispatched_at) : d.due_at ? t('warnings.flow.until', { time: formatTime(d.due_at) }) : '' },
    { key: 'review', name: t('warnings.flow.review'), done: d.state === 'accepted', share: 0.5, actor: last?.reviewed_by_name ?? '', note: when(last?.reviewed_at, last?.submitted_at) },
    { key: 'close', name: closed ? t(`shared.state.dispatch.${d.state}`) : t('warnings.flow.close'), done: d.state === 'accepted', note: d.closed_at ? formatTime(d.closed_at) : '' },
  ]
  return place(steps, closed, d.state === 'returned')
}
