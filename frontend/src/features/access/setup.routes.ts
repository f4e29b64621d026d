import type { Feature } from '@/shared/feature'

/** Before all others: where the set-up administrator begins. */
const feature: Feature = {
  module: 'admin',
  order: 5,
  nav: [{ items: [{ route: 'setup', label: 'access.setup.title', permission: 'setup.finish' }] }],
  routes: [{ path: '/setup', name: 'setup', component: () => import('./SetupPage.vue'), meta: { title: 'access.setup.title', permission: 'setup.finish' } }],
}
export default feature
