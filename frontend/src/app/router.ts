import { createRouter, createWebHistory, type RouteLocationRaw } from 'vue-router'
import type { ModuleId } from '@/shared/feature'
import { t } from '@/shared/i18n'
import { useSession } from '@/shared/session'
import { featureRoutes, MODULES, navOf } from './modules'

/** The first page that this person may open: rail order, then the order of the sub-navigation. */
export function homeFor(can: (p?: string) => boolean): RouteLocationRaw {
  const items = MODULES.flatMap((m) => navOf(m.id, can)).flatMap((g) => g.items)
  return { name: (items.find((i) => !i.aside) ?? items[0])?.route ?? 'profile' }
}
export function moduleHome(id: ModuleId, can: (p?: string) => boolean): string | undefined {
  return navOf(id, can)[0]?.items[0]?.route
}

export const router = createRouter({
  history: createWebHistory(),
  routes: [
    { path: '/', name: 'home', component: () => import('./pages/NotFound.vue'), beforeEnter: () => homeFor(useSession().can) },
    ...featureRoutes(),
    { path: '/no-right', name: 'no-right', component: () => import('./pages/NoRight.vue'), meta: { title: 'app.no_right.title', wide: true } },
    { path: '/:rest(.*)*', name: 'not-found', component: () => import('./pages/NotFound.vue'), meta: { title: 'app.not_found.title', wide: true } },
  ],
  scrollBehavior: (_to, _from, saved) => saved ?? { top: 0 },
})

router.beforeEach(async (to) => {
  const session = useSession()
  if (!session.asked) await session.load()
  if (to.meta.open) return true
  if (!session.user) return { name: 'sign-in', query: to.fullPath === '/' ? {} : { return: to.fullPath } }
  // An initial password opens one page only: the one that replaces it.
  if (session.user.must_change_password && to.name !== 'profile') return { name: 'profile' }
  if (!session.can(to.meta.permission)) return { name: 'no-right', query: { from: to.fullPath, need: to.meta.permission }, replace: true }
  return true
})

router.afterEach((to) => {
  const page = to.meta.title ? t(to.meta.title) : ''
  document.title = page ? `${page} · ${t('app.name')}` : t('app.name')
})

/** Only a path of this application is a place to return to. */
export function safeReturn(value: unknown): string {
  return typeof value === 'string' && /^\/(?![/\\])/.test(value) ? value : '/'
}
