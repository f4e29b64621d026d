import type { Feature } from '@/shared/feature'

const feature: Feature = {
  module: 'admin',
  order: 50,
  nav: [{ label: 'queue.nav', items: [{ route: 'jobs', label: 'queue.title', permission: 'job.read' }] }],
  routes: [{ path: '/jobs', name: 'jobs', component: () => import('./JobListPage.vue'), meta: { title: 'queue.title', permission: 'job.read' } }],
}
export default feature
