import { describe, expect, it } from 'vitest'
import { leavesOf, permissionTree } from '@/features/access/permissionTree'
import type { Feature } from '@/shared/feature'

const features = [
  { module: 'assets', nav: [], routes: [{ path: '/assets', meta: { permission: 'asset.read' } }] },
  { module: 'admin', nav: [{ label: 'x', items: [{ route: 'jobs', label: 'x', permission: 'job.read' }] }], routes: [] },
] as unknown as Feature[]
const operations = [
  { route: 'GET /a', label: 'List', permissions: ['asset.read'] },
  { route: 'POST /a', label: 'Make', permissions: ['asset.write'] },
  { route: 'GET /a/{id}/x', label: 'Secret', permissions: ['asset.read', 'asset.write'] },
]

describe('permissionTree', () => {
  const tree = permissionTree(['asset.read', 'asset.write', 'job.read', 'file.read'], operations, features, ['admin', 'assets'])
  it('puts each object under the module whose pages ask for it, in the order of the modules', () => {
    expect(tree.map((x) => [x.module, x.branches.map((b) => b.key)])).toEqual([['admin', ['job']], ['assets', ['asset']], ['other', ['file']]])
  })
  it('says what each right opens, also where a second right is asked for', () => {
    const [read, write] = tree[1]!.branches[0]!.leaves
    expect(read!.opens.map((o) => o.label)).toEqual(['List', 'Secret'])
    expect(write!.opens.map((o) => o.label)).toEqual(['Make', 'Secret'])
  })
  it('counts the rights of a branch and of a trunk', () => {
    expect(leavesOf(tree[1]!)).toEqual(['asset.read', 'asset.write'])
    expect(leavesOf(tree[1]!.branches[0]!)).toEqual(['asset.read', 'asset.write'])
  })
})
