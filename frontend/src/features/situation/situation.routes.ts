import type { Feature } from '@/shared/feature'

const feature: Feature = {
  module: 'overview',
  order: 10,
  nav: [{ items: [{ route: 'overview', label: 'situation.title', permission: 'situation.read' }] }],
  routes: [{ path: '/overview', name: 'overview', component: () => import('./OverviewPage.vue'), meta: { title: 'situation.title', permission: 'situation.read', wide: true } }],
}
export default feature
