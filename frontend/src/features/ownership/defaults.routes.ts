import type { Feature } from '@/shared/feature'

const feature: Feature = {
  module: 'admin',
  order: 12,
  nav: [{ items: [{ route: 'sector-defaults', label: 'ownership.defaults.title', permission: 'ownership.config' }] }],
  routes: [{ path: '/sector-defaults', name: 'sector-defaults', component: () => import('./DefaultsPage.vue'), meta: { title: 'ownership.defaults.title', permission: 'ownership.config' } }],
}
export default feature
