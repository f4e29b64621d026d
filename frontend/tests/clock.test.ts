import { beforeEach, describe, expect, it } from 'vitest'
import { formatTime, formatTotal, readClock } from '../src/shared/format'
import { setLocale } from '../src/shared/i18n'

const now = Date.parse('2026-11-23T01:30:00Z') // 09:30 in Shanghai
const at = (minutes: number) => new Date(now + minutes * 60_000).toISOString()

beforeEach(() => setLocale('zh-CN'))

describe('the clock', () => {
  it.each([
    [{ due: at(30 * 60), start: at(-10 * 60) }, '剩 1 天 6 时', 'normal'],
    [{ due: at(4 * 24 * 60), start: at(0) }, '剩 4 天', 'normal'],
    [{ due: at(342), start: at(-1100) }, '剩 05:42', 'near'],
    [{ due: at(342), start: at(-300) }, '剩 05:42', 'normal'],
    [{ due: at(47), start: at(-10) }, '剩 00:47', 'critical'],
    [{ due: at(120), start: at(-1200) }, '剩 02:00', 'critical'],
    [{ due: at(-135), start: at(-1200) }, '超 02:15', 'late'],
    [{ due: at(60), pausedAt: at(-80) }, '已停表 01:20', 'paused'],
    [{ due: at(60), doneAt: at(-5) }, '按时反馈', 'met'],
    [{ due: at(-60), doneAt: at(-5) }, '超时 00:55 反馈', 'met'],
    [{}, '—', 'none'],
  ])('%j reads %s', (deadline, text, tone) => {
    expect(readClock(deadline, now)).toMatchObject({ text, tone })
  })
})

describe('times', () => {
  it.each([
    ['2026-11-23T01:28:00Z', '09:28', '09:28'],
    ['2026-11-22T13:04:00Z', '昨 21:04', 'Yesterday 21:04'],
    ['2026-11-22T16:30:00Z', '00:30', '00:30'],
    ['2026-11-21T07:15:00Z', '11-21 15:15', '21 Nov 15:15'],
    ['2025-12-03T01:00:00Z', '2025-12-03', '3 Dec 2025'],
    ['2025-12-31T16:30:00Z', '01-01 00:30', '1 Jan 00:30'],
    [null, '—', '—'],
    ['nonsense', '—', '—'],
  ])('%s', (iso, zh, en) => {
    expect(formatTime(iso, new Date(now))).toBe(zh)
    setLocale('en')
    expect(formatTime(iso, new Date(now))).toBe(en)
  })
  it('says when the server stopped counting', () => {
    expect(formatTotal(10000, true)).toBe('10,000 以上')
    expect(formatTotal(1306)).toBe('1,306')
  })
})
