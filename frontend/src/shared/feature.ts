import type { Ref } from 'vue'
import type { RouteRecordRaw } from 'vue-router'

/** The modules of the rail, in its order. A module shows up once a feature brings a page that the user may open. */
export type ModuleId = 'overview' | 'warnings' | 'events' | 'assets' | 'admin'

/** One line of the sub-navigation. `label` is a message key, `route` a route name. */
export interface NavItem {
  route: string
  label: string
  permission?: string
  /** Route names for which this line is marked as well (a record opened from this list). */
  children?: string[]
  /** Called once in setup; gives the figure at the right of the line. `urgent` prints it red and bold. */
  count?: () => Ref<number | undefined>
  urgent?: boolean
  /** Not a page to begin the day with, where there is another one. */
  aside?: boolean
}

export interface NavGroup {
  /** Message key of the small heading; none for the first group. */
  label?: string
  items: NavItem[]
}

/**
 * What a feature folder gives to the shell: the default export of `features/<x>/<x>.routes.ts`.
 * Several features may add to one module; their groups follow each other in `order`.
 * Routes take `meta.permission` (checked before entering) and `meta.title` (message key).
 */
export interface Feature {
  module: ModuleId
  order?: number
  nav: NavGroup[]
  routes: RouteRecordRaw[]
  /** What waits for me, shown on the rail. Called once in setup while signed in. */
  badge?: () => Ref<number | undefined>
}

declare module 'vue-router' {
  interface RouteMeta {
    title?: string
    module?: ModuleId
    permission?: string
    /** Opens without a session. */
    open?: boolean
    /** No sub-navigation: the overview and pages that need the width. */
    wide?: boolean
  }
}
