import type { Feature, ModuleId } from '@/shared/feature'
import { permissionWords } from './permissions'

export interface Leaf { permission: string; act: string; opens: { route: string; label: string }[] }
export interface Branch { key: string; label: string; leaves: Leaf[] }
export interface Trunk { module: ModuleId | 'other'; branches: Branch[] }
interface Operation { route: string; label: string; permissions: string[] }

/** The module whose pages ask for a right over the object; what no page asks for stands under "other". */
function moduleOf(object: string, features: Feature[]): ModuleId | 'other' {
  const asks = (p?: unknown) => typeof p === 'string' && p.startsWith(`${object}.`)
  return features.find((f) => f.routes.some((r) => asks(r.meta?.permission)) || f.nav.some((g) => g.items.some((i) => asks(i.permission))))?.module ?? 'other'
}

/** Module, object, right, and what each right opens, in the order of the given modules. */
export function permissionTree(permissions: string[], operations: Operation[], features: Feature[], modules: ModuleId[]): Trunk[] {
  const branches = new Map<string, Branch>()
  for (const permission of permissions) {
    const key = permission.slice(0, permission.indexOf('.'))
    const { object, act } = permissionWords(permission)
    const branch = branches.get(key) ?? { key, label: object, leaves: [] }
    branch.leaves.push({ permission, act, opens: operations.filter((o) => o.permissions.includes(permission)).map(({ route, label }) => ({ route, label })) })
    branches.set(key, branch)
  }
  const all = [...branches.values()].map((b) => ({ branch: b, module: moduleOf(b.key, features) }))
  return [...modules, 'other' as const].map((module) => ({ module, branches: all.filter((x) => x.module === module).map((x) => x.branch) })).filter((x) => x.branches.length)
}
export const leavesOf = (x: Trunk | Branch): string[] => ('leaves' in x ? x.leaves.map((l) => l.permission) : x.branches.flatMap(leavesOf))
