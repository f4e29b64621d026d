import { t } from '../i18n'

/** What a deadline knows. Times are RFC 3339; `pausedSeconds` is what earlier pauses took. */
export interface Deadline {
  due?: string | null
  start?: string | null
  /** Set while the clock stands: since when. */
  pausedAt?: string | null
  pausedSeconds?: number
  /** Set when the step is done: the clock has ended, in time or not. */
  doneAt?: string | null
}

export type ClockTone = 'none' | 'normal' | 'near' | 'critical' | 'late' | 'paused' | 'met'
export interface ClockFace {
  text: string
  tone: ClockTone
  /** Share of the time that is left, 0..1, for the bar; null without a start or when the clock has ended. */
  left: number | null
  seconds: number
}

const two = (n: number) => String(n).padStart(2, '0')

function span(seconds: number, longKey: string, shortKey: string): string {
  const m = Math.floor(seconds / 60)
  const h = Math.floor(m / 60)
  if (h >= 24) {
    const d = Math.floor(h / 24)
    return t(h % 24 ? longKey : `${longKey}_whole`, { d, h: h % 24 })
  }
  return t(shortKey, { clock: `${two(h)}:${two(m % 60)}` })
}

/** The one reading of a deadline: ink, orange with a quarter left, red under an hour or a tenth, solid red when late. */
export function readClock(d: Deadline, now: number): ClockFace {
  if (!d.due) return { text: '—', tone: 'none', left: null, seconds: 0 }
  const due = Date.parse(d.due)
  if (d.doneAt) {
    const late = (Date.parse(d.doneAt) - due) / 1000
    if (late <= 0) return { text: t('shared.clock.met'), tone: 'met', left: null, seconds: -late }
    return { text: span(late, 'shared.clock.done_late_long', 'shared.clock.done_late'), tone: 'met', left: null, seconds: -late }
  }
  if (d.pausedAt) {
    const stood = Math.max(0, (now - Date.parse(d.pausedAt)) / 1000) + (d.pausedSeconds ?? 0)
    return { text: span(stood, 'shared.clock.paused_long', 'shared.clock.paused'), tone: 'paused', left: null, seconds: stood }
  }
  const seconds = (due - now) / 1000
  if (seconds < 0) return { text: span(-seconds, 'shared.clock.late_long', 'shared.clock.late'), tone: 'late', left: 0, seconds }
  const whole = d.start ? (due - Date.parse(d.start)) / 1000 : 0
  const left = whole > 0 ? Math.min(1, seconds / whole) : null
  const tone = seconds < 3600 || (left !== null && left <= 0.1) ? 'critical' : left !== null && left <= 0.25 ? 'near' : 'normal'
  return { text: span(seconds, 'shared.clock.left_long', 'shared.clock.left'), tone, left, seconds }
}
