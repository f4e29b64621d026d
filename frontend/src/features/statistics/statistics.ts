import type { components } from '@/gen/api'

export type Statistics = components['schemas']['AssetStatistics']
export type Compared = NonNullable<components['schemas']['AssetComparison']['items']>[number]
export interface Count { value: string; n: number }

/** The values of a dimension, most first; of all classes together where none is said. */
export function valuesOf(s: Statistics | undefined, name: string, cls?: string): Count[] {
  const sum = new Map<string, number>()
  for (const d of s?.dimensions ?? []) {
    if (d.name !== name || (cls && d.class !== cls)) continue
    for (const v of d.values ?? []) sum.set(v.value!, (sum.get(v.value!) ?? 0) + v.n!)
    if (d.rest) sum.set('…', (sum.get('…') ?? 0) + d.rest)
  }
  return [...sum].map(([value, n]) => ({ value, n })).sort((a, b) => b.n - a.n)
}
export const totalOf = (s: Statistics | undefined, cls?: string): number => valuesOf(s, 'total', cls).reduce((n, v) => n + v.n, 0)
export const countOf = (s: Statistics | undefined, name: string, value: string, cls?: string): number => valuesOf(s, name, cls).find((v) => v.value === value)?.n ?? 0

/** The part of hardware and software whose origin is known that is home-made; null where none is known. */
export function localisation(domestic: number, origins: number): number | null {
  return origins ? (100 * domestic) / origins : null
}
export function localisationOf(s: Statistics | undefined): number | null {
  const of = (v: string) => countOf(s, 'origin', v, 'hardware') + countOf(s, 'origin', v, 'software')
  return localisation(of('1'), of('1') + of('2') + of('3'))
}

export type Day = NonNullable<Statistics['days']>[number]
/** The last day that is known of each of the twelve months before this one, and how it stands now. */
export function months(days: readonly Day[], now: Day): Day[] {
  const last = new Map<string, Day>()
  for (const d of days) if (d.day!.slice(0, 7) < now.day!.slice(0, 7)) last.set(d.day!.slice(0, 7), d)
  return [...[...last.values()].slice(-12), now]
}
