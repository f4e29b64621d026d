import type { components } from '@/gen/api'
import { formatNumber } from '@/shared/format'

export type Pool = components['schemas']['AddressPool']
export type PoolUsage = components['schemas']['AddressPoolUsage']
export type News = components['schemas']['AddressNews']
export interface PoolRow { pool: Pool; depth: number }

/** The tree as rows, each below the one around it, as the server orders them. */
export function rowsOf(pools: readonly Pool[]): PoolRow[] {
  const depth = new Map<string, number>()
  return pools.map((pool) => {
    const d = pool.parent_id ? (depth.get(pool.parent_id) ?? 0) + 1 : 0
    depth.set(pool.id!, d)
    return { pool, depth: d }
  })
}
export const sizeText = (n: number | null | undefined): string => (n === null || n === undefined ? '> 2^63' : formatNumber(n))
/** How much of a pool is used, in percent; null where it is too large to say. */
export const shareOf = (p: Pool): number | null => (p.size ? Math.min(100, (100 * (p.used ?? 0)) / p.size) : null)
