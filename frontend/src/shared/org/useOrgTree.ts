import { useQuery } from '@tanstack/vue-query'
import { computed } from 'vue'
import type { components } from '@/gen/api'
import { api, unwrap } from '../api'

export type OrgNode = components['schemas']['OrgNode']
export interface OrgBranch {
  id: string
  label: string
  node: OrgNode
  children: OrgBranch[]
}

/** Flat and parents first, as the server sends it, to a tree. A node whose parent is out of scope is a root. */
export function buildTree(nodes: OrgNode[]): OrgBranch[] {
  const by = new Map<string, OrgBranch>()
  const roots: OrgBranch[] = []
  for (const node of nodes) {
    const branch: OrgBranch = { id: node.id!, label: node.name ?? '', node, children: [] }
    by.set(branch.id, branch)
    const parent = node.parent_id ? by.get(node.parent_id) : undefined
    ;(parent?.children ?? roots).push(branch)
  }
  return roots
}

/** The organisations inside the caller's scope, read once and shared by all pickers. */
export function useOrgTree() {
  const q = useQuery({
    queryKey: ['org-tree'],
    queryFn: ({ signal }) => unwrap(api.GET('/api/v1/orgs/tree', { signal })),
    staleTime: 60_000,
  })
  const nodes = computed(() => q.data.value?.items ?? [])
  const byId = computed(() => new Map(nodes.value.map((n) => [n.id!, n])))
  return {
    nodes,
    roots: computed(() => buildTree(nodes.value)),
    byId,
    nameOf: (id: string | null | undefined) => (id && (byId.value.get(id)?.short_name || byId.value.get(id)?.name)) || '',
    pending: q.isPending,
    error: q.error,
    refetch: q.refetch,
  }
}
