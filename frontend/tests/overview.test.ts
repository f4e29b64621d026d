import { describe, expect, it } from 'vitest'
import { dayQuery, rankBy, sayDelta, type RankRow } from '../src/features/situation/overview'
import { roundBounds } from '../src/shared/map/bounds'
import { placeName } from '../src/shared/org/placeName'

const row = (key: string, rate: number | null, minutes: number | null, open: number, overdue = 0): RankRow => ({
  key, label_zh: key, on_time_rate: rate, response_minutes: minutes, open, overdue,
  link: { path: '/dispatches', query: { region: key, open: 'true' } }, range_link: { path: '/dispatches', query: { region: key, from: 'F' } },
})

describe('ranking', () => {
  const rows = [row('a', 80, 30, 9, 1), row('b', null, null, 2), row('c', 95, 90, 4)]
  it('puts the best first and those without a value last', () => {
    expect(rankBy(rows, 'feedback', (r) => r.key!).map((r) => r.name)).toEqual(['c', 'a', 'b'])
    expect(rankBy(rows, 'response', (r) => r.key!).map((r) => r.name)).toEqual(['a', 'c', 'b'])
    expect(rankBy(rows, 'open', (r) => r.key!).map((r) => r.name)).toEqual(['a', 'c', 'b'])
  })
  it('opens what it was counted from: the range for rates and times, open work for open work', () => {
    expect(rankBy(rows, 'feedback', (r) => r.key!)[0]!.to).toEqual({ path: '/dispatches', query: { region: 'c', from: 'F' } })
    expect(rankBy(rows, 'open', (r) => r.key!)[0]!.to).toEqual({ path: '/dispatches', query: { region: 'a', open: 'true' } })
  })
  it('marks what is below 90 %, and open work that is late', () => {
    expect(rankBy(rows, 'feedback', (r) => r.key!).map((r) => r.below)).toEqual([false, true, false])
    expect(rankBy(rows, 'open', (r) => r.key!).map((r) => r.below)).toEqual([true, false, false])
  })
})

describe('a bar of the trend', () => {
  it('is a local day or month of publication', () => {
    expect(dayQuery('2026-11-30')).toEqual({ published_from: '2026-11-30T00:00:00+08:00', published_to: '2026-12-01T00:00:00+08:00' })
    expect(dayQuery('2026-12')).toEqual({ published_from: '2026-12-01T00:00:00+08:00', published_to: '2027-01-01T00:00:00+08:00' })
  })
})

describe('a change', () => {
  it('is good or bad by meaning, not by direction', () => {
    expect(sayDelta({ value: 3, delta: -2, better: 'down' }, 'count')!.tone).toBe('good')
    expect(sayDelta({ value: 3, delta: -2, better: 'up' }, 'rate')!.tone).toBe('bad')
    expect(sayDelta({ value: 3, delta: null, better: 'up' }, 'rate')).toBeNull()
  })
})

describe('the steps of the map', () => {
  it.each([[0, 5], [5, 5], [9, 10], [14, 15], [37, 50], [260, 250], [5400, 5000]])('for %i at most end at %i', (top, last) => {
    const b = roundBounds(top)
    expect(b[5]).toBe(last)
    expect(b.every(Number.isInteger)).toBe(true)
  })
})

describe('a place', () => {
  it('is said short', () => {
    expect(placeName({ name_zh: '红河哈尼族彝族自治州', short_zh: '红河' })).toBe('红河州')
    expect(placeName({ name_zh: '昆明市', short_zh: '昆明' })).toBe('昆明市')
  })
})
