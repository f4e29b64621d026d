import type { Feature } from '@/shared/feature'

const feature: Feature = {
  module: 'events',
  order: 20,
  nav: [{ items: [{ route: 'ownership', label: 'ownership.title', permission: 'event.read' }] }],
  routes: [{ path: '/ownership', name: 'ownership', component: () => import('./OwnershipPage.vue'), meta: { title: 'ownership.title', permission: 'event.read' } }],
}
export default feature
