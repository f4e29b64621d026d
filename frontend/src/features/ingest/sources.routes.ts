import type { Feature } from '@/shared/feature'

const feature: Feature = {
  module: 'events',
  order: 30,
  nav: [{ label: 'ingest.nav.settings', items: [{ route: 'sources', label: 'ingest.source.title', permission: 'source.read', aside: true }] }],
  routes: [{ path: '/sources', name: 'sources', component: () => import('./SourceListPage.vue'), meta: { title: 'ingest.source.title', permission: 'source.read' } }],
}
export default feature
