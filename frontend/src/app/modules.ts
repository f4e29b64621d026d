import type { RouteRecordRaw } from 'vue-router'
import type { Feature, ModuleId, NavGroup } from '@/shared/feature'
import type { IconName } from '@/shared/ui/icons'

export interface Module {
  id: ModuleId
  /** Two characters on the rail; the longer name heads the sub-navigation. */
  label: string
  title: string
  icon: IconName
  /** Sits at the foot of the rail. */
  foot?: boolean
}

/** The rail, top to bottom. Pages come from the features; a module without any is not shown. */
export const MODULES: Module[] = [
  { id: 'overview', label: 'app.module.overview', title: 'app.module_title.overview', icon: 'overview' },
  { id: 'warnings', label: 'app.module.warnings', title: 'app.module_title.warnings', icon: 'warnings' },
  { id: 'events', label: 'app.module.events', title: 'app.module_title.events', icon: 'events' },
  { id: 'assets', label: 'app.module.assets', title: 'app.module_title.assets', icon: 'assets' },
  { id: 'admin', label: 'app.module.admin', title: 'app.module_title.admin', icon: 'admin', foot: true },
]

const found = import.meta.glob<Feature>('../features/*/*.routes.ts', { eager: true, import: 'default' })

export const FEATURES: Feature[] = Object.values(found).sort((a, b) => (a.order ?? 50) - (b.order ?? 50))

export function featureRoutes(): RouteRecordRaw[] {
  return FEATURES.flatMap((f) =>
    f.routes.map((r) => ({ ...r, meta: { module: f.module, ...r.meta } }) as RouteRecordRaw),
  )
}

/** The sub-navigation of a module for somebody who has the given rights; empty groups fall away. */
export function navOf(id: ModuleId, can: (p?: string) => boolean): NavGroup[] {
  return FEATURES.filter((f) => f.module === id)
    .flatMap((f) => f.nav)
    .map((g) => ({ ...g, items: g.items.filter((i) => can(i.permission)) }))
    .filter((g) => g.items.length > 0)
}
