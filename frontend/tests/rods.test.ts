import { describe, expect, it } from 'vitest'
import { safeReturn } from '../src/app/router'
import { buildTree } from '../src/shared/org/useOrgTree'
import { groupRods, orderRods, type Rod } from '../src/shared/ui/rods'

describe('rods', () => {
  it('stand in the order of progress, late ones last among equals', () => {
    const rods: Rod[] = [{ name: 'a', step: 1 }, { name: 'b', step: 3, mark: 'late' }, { name: 'c', step: 3 }, { name: 'd', step: 4 }]
    expect(orderRods(rods).map((r) => r.name)).toEqual(['d', 'c', 'b', 'a'])
  })
  it('over 64 units go by prefecture and keep the worst sign', () => {
    const rods: Rod[] = Array.from({ length: 70 }, (_, i) => ({ name: `u${i}`, step: 2, group: i % 2 ? '昆明' : '大理', mark: i === 3 ? 'late' : undefined }))
    const grouped = groupRods(rods)
    expect(grouped).toHaveLength(2)
    expect(grouped.find((r) => r.name.startsWith('昆明'))?.mark).toBe('late')
    expect(grouped.find((r) => r.name.startsWith('大理'))?.mark).toBeUndefined()
  })
})

describe('the tree', () => {
  it('makes a root of a node whose parent is out of scope', () => {
    const tree = buildTree([{ id: 'b', parent_id: 'hidden', name: 'B' }, { id: 'c', parent_id: 'b', name: 'C' }])
    expect(tree.map((b) => b.id)).toEqual(['b'])
    expect(tree[0]!.children.map((b) => b.id)).toEqual(['c'])
  })
})

describe('the way back after sign-in', () => {
  it.each([['/assets?page=2', '/assets?page=2'], ['//evil.example', '/'], ['/\\evil.example', '/'], ['https://evil.example', '/'], [undefined, '/']])('%s', (given, taken) => {
    expect(safeReturn(given)).toBe(taken)
  })
})
