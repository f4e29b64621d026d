import type { Feature } from '@/shared/feature'

const feature: Feature = {
  module: 'assets',
  order: 20,
  nav: [{ label: 'statistics.nav', items: [{ route: 'asset-statistics', label: 'statistics.title', permission: 'asset.read' }] }],
  routes: [{ path: '/assets/statistics', name: 'asset-statistics', component: () => import('./StatisticsPage.vue'), meta: { title: 'statistics.title', permission: 'asset.read' } }],
}
export default feature
