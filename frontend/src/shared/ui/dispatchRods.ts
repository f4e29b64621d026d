import type { components } from '@/gen/api'
import type { Rod } from './rods'

type Item = components['schemas']['DispatchItem']
type Counts = components['schemas']['DispatchCounts']

/** A quarter of the whole time left, or less than an hour: the rod turns orange as the clock does. */
function near(d: Item, now: number): boolean {
  if (!d.due_at || !d.dispatched_at) return false
  const left = Date.parse(d.due_at) - now
  return left > 0 && (left < 3_600_000 || left / (Date.parse(d.due_at) - Date.parse(d.dispatched_at)) <= 0.25)
}

const STEP: Record<string, Rod['step']> = { pending_sign: 0, handling: 2, returned: 3, reviewing: 3, accepted: 4, terminated: 4, withdrawn: 4 }

/** How far one unit is: its rod in a strip and its steps in a row are the same reading. */
export function rodOf(d: Item, now = Date.now()): Rod {
  const mark = d.overdue ? 'late' : d.state === 'returned' ? 'returned' : near(d, now) ? 'near' : undefined
  return { name: d.org_name ?? '', step: STEP[d.state ?? ''] ?? 0, mark, to: `/dispatches/${d.id}`, group: d.region_code }
}

const MOST = 64

/** The same strip where only the counts are known. Over 64 units each rod stands for several; those that are late keep at least one. */
export function rodsOfCounts(c: Counts | undefined): Rod[] {
  const total = c?.total ?? 0
  if (!c || total <= 0) return []
  let late = c.overdue ?? 0
  const part = total > MOST ? MOST / total : 1
  const rods: Rod[] = []
  const add = (n: number, step: Rod['step'], mark?: Rod['mark']) => {
    const many = n > 0 ? Math.max(1, Math.round(n * part)) : 0
    for (let i = 0; i < many; i++) rods.push({ name: '', step, mark })
  }
  const split = (n: number, step: Rod['step'], mark?: Rod['mark']) => {
    const behind = Math.min(n, late)
    late -= behind
    add(n - behind, step, mark)
    add(behind, step, 'late')
  }
  add((c.accepted ?? 0) + (c.terminated ?? 0) + (c.withdrawn ?? 0), 4)
  add(c.reviewing ?? 0, 3)
  const unsigned = c.pending_sign ?? 0
  const lateUnsigned = Math.min(unsigned, Math.max(0, late - (c.handling ?? 0) - (c.returned ?? 0)))
  late -= lateUnsigned
  split(c.returned ?? 0, 3, 'returned')
  split(c.handling ?? 0, 2)
  add(unsigned - lateUnsigned, 0)
  add(lateUnsigned, 0, 'late')
  return rods.slice(0, MOST)
}
