import type { LocationQueryRaw, RouteLocationRaw } from 'vue-router'
import type { components } from '@/gen/api'
import { formatNumber, formatSigned } from '@/shared/format'
import { t } from '@/shared/i18n'

export type Overview = components['schemas']['Overview']
export type Counter = components['schemas']['Counter']
export type RankRow = components['schemas']['RankRow']
export type Link = components['schemas']['Link']

export const RANGES = ['today', '7d', '30d', 'year'] as const
export type Range = (typeof RANGES)[number]

/** A figure's way in: the page and the conditions that the platform counted with. */
export function linkTo(link: Link | undefined): RouteLocationRaw | undefined {
  if (!link) return undefined
  const query: LocationQueryRaw = {}
  for (const [k, v] of Object.entries(link.query ?? {})) if (v !== null && v !== undefined) query[k] = String(v)
  return { path: link.path, query }
}

/** Minutes as `2:41`, the unit beside it says 时:分. */
export function formatMinutes(m: number | null | undefined): string {
  if (m === null || m === undefined) return '—'
  const whole = Math.round(Math.abs(m))
  return `${m < 0 ? '−' : ''}${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}`
}

export type CounterKind = 'count' | 'rate' | 'time'
export const COUNTERS = [
  { key: 'open_warnings', kind: 'count' },
  { key: 'waiting_sign', kind: 'count' },
  { key: 'due_24h', kind: 'count', tone: 'near' },
  { key: 'overdue', kind: 'count', tone: 'late' },
  { key: 'on_time_rate', kind: 'rate' },
  { key: 'response_minutes', kind: 'time' },
] as const

export function sayValue(c: Counter | undefined, kind: CounterKind): string {
  if (c?.value === null || c?.value === undefined) return '—'
  return kind === 'time' ? formatMinutes(c.value) : formatNumber(c.value, kind === 'rate' ? 1 : undefined)
}
/** The change with its sign and against what; green when it goes the good way, red when not: by meaning, never by direction. */
export function sayDelta(c: Counter | undefined, kind: CounterKind): { text: string; tone: 'good' | 'bad' | 'same' } | null {
  if (c?.delta === null || c?.delta === undefined) return null
  const d = c.delta
  const text = kind === 'time' ? (d > 0 ? '+' : '') + formatMinutes(d) : formatSigned(d, kind === 'rate' ? 1 : undefined)
  return { text, tone: d === 0 ? 'same' : d > 0 === (c.better === 'up') ? 'good' : 'bad' }
}

export type Metric = 'feedback' | 'response' | 'open'
/** What is not good enough: under 90 % in time, or open work that is late. */
const POOR_RATE = 90

/** The rows of a ranking by one measure: best rate, shortest time or most open work first; rows without a value come last. */
export function rankBy(rows: RankRow[], metric: Metric, name: (r: RankRow) => string) {
  const way = (r: RankRow) => linkTo(metric === 'open' ? r.link : r.range_link)
  const value = (r: RankRow) => (metric === 'feedback' ? r.on_time_rate : metric === 'response' ? r.response_minutes : r.open) ?? null
  const sign = metric === 'response' ? 1 : -1
  return rows
    .map((r) => ({ r, v: value(r) }))
    .sort((a, b) => (a.v === null ? 1 : b.v === null ? -1 : sign * (a.v - b.v)))
    .map(({ r, v }, i) => ({
      key: r.key ?? String(i),
      name: name(r),
      value: v,
      text: v === null ? '—' : metric === 'feedback' ? `${formatNumber(v, 1)}%` : metric === 'response' ? formatMinutes(v) : formatNumber(v),
      extra: metric === 'feedback' ? formatMinutes(r.response_minutes) : metric === 'response' ? (r.on_time_rate === null || r.on_time_rate === undefined ? '—' : `${formatNumber(r.on_time_rate, 1)}%`) : r.overdue ? t('situation.rank.late', { n: r.overdue }) : '',
      place: i + 1,
      to: way(r),
      below: metric === 'feedback' ? v !== null && v < POOR_RATE : metric === 'open' ? (r.overdue ?? 0) > 0 : r.on_time_rate !== null && r.on_time_rate !== undefined && r.on_time_rate < POOR_RATE,
    }))
}

/** The local day (or month) of the trend as a condition of the list: published from its start to the start of the next. */
export function dayQuery(day: string): LocationQueryRaw {
  const month = day.length === 7
  const [y, m, d] = day.split('-').map(Number)
  const end = month ? new Date(Date.UTC(y!, m!, 1)) : new Date(Date.UTC(y!, m! - 1, d! + 1))
  return { published_from: `${month ? `${day}-01` : day}T00:00:00+08:00`, published_to: `${end.toISOString().slice(0, 10)}T00:00:00+08:00` }
}
