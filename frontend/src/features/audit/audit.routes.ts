import type { Feature } from '@/shared/feature'

const feature: Feature = {
  module: 'admin',
  order: 40,
  nav: [{ label: 'audit.nav', items: [{ route: 'audit', label: 'audit.title', permission: 'audit.read' }, { route: 'audit-purges', label: 'audit.purge.title', permission: 'audit_purge.read' }] }],
  routes: [
    { path: '/audit', name: 'audit', component: () => import('./AuditPage.vue'), meta: { title: 'audit.title', permission: 'audit.read' } },
    { path: '/audit/purges', name: 'audit-purges', component: () => import('./PurgePage.vue'), meta: { title: 'audit.purge.title', permission: 'audit_purge.read' } },
  ],
}
export default feature
