/** One unit's part of a notice. Steps: 0 not signed, 1 signed, 2 handling, 3 fed back, 4 closed. */
export interface Rod {
  name: string
  step: 0 | 1 | 2 | 3 | 4
  mark?: 'near' | 'late' | 'returned'
  /** Where the rod leads. */
  to?: string
  /** Prefecture, for notices of more than 64 units. */
  group?: string
}

/** Ordered by progress, the furthest first; late ones last among equals. */
export function orderRods(rods: Rod[]): Rod[] {
  const weight = (r: Rod) => (r.mark === 'late' ? 2 : r.mark ? 1 : 0)
  return [...rods].sort((a, b) => b.step - a.step || weight(a) - weight(b))
}

/** Over 64 units: one rod a prefecture, at the pace of its slowest quarter, red if any of its units is late. */
export function groupRods(rods: Rod[]): Rod[] {
  if (rods.length <= 64) return orderRods(rods)
  const by = new Map<string, Rod[]>()
  for (const r of rods) by.set(r.group ?? '—', [...(by.get(r.group ?? '—') ?? []), r])
  return orderRods(
    [...by].map(([name, list]) => ({
      name: `${name} ${list.length}`,
      step: Math.round(list.reduce((n, r) => n + r.step, 0) / list.length) as Rod['step'],
      mark: (['late', 'returned', 'near'] as const).find((m) => list.some((r) => r.mark === m)),
    })),
  )
}
