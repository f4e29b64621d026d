import type { Feature } from '@/shared/feature'

const feature: Feature = {
  module: 'events',
  order: 10,
  nav: [{ items: [{ route: 'events', label: 'ingest.event.title', permission: 'event.read', children: ['event'] }] }],
  routes: [
    { path: '/events', name: 'events', component: () => import('./EventListPage.vue'), meta: { title: 'ingest.event.title', permission: 'event.read' } },
    { path: '/events/:id', name: 'event', component: () => import('./EventPage.vue'), props: true, meta: { title: 'ingest.event.one', permission: 'event.read' } },
  ],
}
export default feature
