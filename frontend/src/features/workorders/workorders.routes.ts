import type { Feature } from '@/shared/feature'

const feature: Feature = {
  module: 'admin',
  order: 61,
  nav: [{ label: 'workorders.nav', items: [{ route: 'work-order-links', label: 'workorders.title', permission: 'work_order.read' }] }],
  routes: [{ path: '/work-order-links', name: 'work-order-links', component: () => import('./LinksPage.vue'), meta: { title: 'workorders.title', permission: 'work_order.read' } }],
}
export default feature
