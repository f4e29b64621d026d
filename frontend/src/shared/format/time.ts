import { currentLocale, t } from '../i18n'

/** The platform's zone: calendar days and deadlines are its, wherever the browser stands. */
let zone = 'Asia/Shanghai'
export function setZone(z: string): void {
  zone = z
}
export function getZone(): string {
  return zone
}

interface Parts { y: string; m: string; d: string; h: string; i: string; s: string }

const cache = new Map<string, Intl.DateTimeFormat>()
function partsOf(date: Date): Parts {
  let f = cache.get(zone)
  if (!f) {
    f = new Intl.DateTimeFormat('en-GB', {
      timeZone: zone, hourCycle: 'h23', year: 'numeric', month: '2-digit', day: '2-digit',
      hour: '2-digit', minute: '2-digit', second: '2-digit',
    })
    cache.set(zone, f)
  }
  const p: Record<string, string> = {}
  for (const { type, value } of f.formatToParts(date)) p[type] = value
  return { y: p.year!, m: p.month!, d: p.day!, h: p.hour!, i: p.minute!, s: p.second! }
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
const dayNumber = (p: Parts) => Date.UTC(+p.y, +p.m - 1, +p.d) / 86_400_000

/** 「09:28」 today, 「昨 21:04」, 「11-22 15:15」 this year, 「2025-12-03」 before; en `22 Nov 15:15`, `3 Dec 2025`. */
export function formatTime(iso: string | null | undefined, now: Date = new Date(), locale = currentLocale()): string {
  const date = iso ? new Date(iso) : null
  if (!date || Number.isNaN(+date)) return '—'
  const p = partsOf(date)
  const n = partsOf(now)
  const days = dayNumber(n) - dayNumber(p)
  const clock = `${p.h}:${p.i}`
  if (days === 0) return clock
  if (days === 1) return t('shared.time.yesterday', { clock })
  if (p.y === n.y) return locale === 'en' ? `${+p.d} ${MONTHS[+p.m - 1]} ${clock}` : `${p.m}-${p.d} ${clock}`
  return locale === 'en' ? `${+p.d} ${MONTHS[+p.m - 1]} ${p.y}` : `${p.y}-${p.m}-${p.d}`
}

/** `2026-11-22 15:15`, with seconds when asked: for titles, details and evidence. */
export function formatFull(iso: string | null | undefined, seconds = false): string {
  const date = iso ? new Date(iso) : null
  if (!date || Number.isNaN(+date)) return '—'
  const p = partsOf(date)
  return `${p.y}-${p.m}-${p.d} ${p.h}:${p.i}${seconds ? `:${p.s}` : ''}`
}

/** `2026-11-22`; a DATE of the server (no time) is a local date and passes as it is. */
export function formatDate(iso: string | null | undefined): string {
  if (!iso) return '—'
  return /^\d{4}-\d{2}-\d{2}$/.test(iso) ? iso : formatFull(iso).slice(0, 10)
}

/** What a clock gives: calendar time as a duration, working time as whole working days or working hours. Minutes in. */
export function formatAllowance(minutes: number, working: boolean, dayMinutes: number): string {
  if (!working) return formatDuration(minutes * 60)
  if (dayMinutes && minutes % dayMinutes === 0) return t('shared.time.work_days', { d: minutes / dayMinutes })
  return minutes % 60 ? t('shared.time.work_minutes', { m: minutes }) : t('shared.time.work_hours', { h: minutes / 60 })
}

/** `38 分`, `5 时 12 分`, `2 天 3 时`: how long something took. Seconds in, at most two units out. */
export function formatDuration(seconds: number): string {
  const m = Math.round(seconds / 60)
  if (m < 60) return t('shared.time.minutes', { m })
  const h = Math.floor(m / 60)
  if (h < 24) return m % 60 ? t('shared.time.hours_minutes', { h, m: m % 60 }) : t('shared.time.hours', { h })
  const d = Math.floor(h / 24)
  return h % 24 ? t('shared.time.days_hours', { d, h: h % 24 }) : t('shared.time.days', { d })
}
