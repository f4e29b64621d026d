import type { Feature } from '@/shared/feature'

const feature: Feature = {
  module: 'admin',
  order: 40,
  nav: [{ label: 'audit.nav', items: [{ route: 'audit', label: 'audit.title', permission: 'audit.read' }] }],
  routes: [{ path: '/audit', name: 'audit', component: () => import('./AuditPage.vue'), meta: { title: 'audit.title', permission: 'audit.read' } }],
}
export default feature
