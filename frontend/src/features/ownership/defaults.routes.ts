import type { Feature } from '@/shared/feature'

const feature: Feature = {
  module: 'admin',
  nav: [], // stands with the organisations
  routes: [{ path: '/sector-defaults', name: 'sector-defaults', component: () => import('./DefaultsPage.vue'), meta: { title: 'ownership.defaults.title', permission: 'ownership.config' } }],
}
export default feature
