import type { Feature } from '@/shared/feature'
import { useUnownedCount } from './useUnownedCount'

const feature: Feature = {
  module: 'assets',
  order: 20,
  nav: [
    {
      label: 'discovery.nav',
      items: [
        { route: 'unowned', label: 'discovery.unowned.title', permission: 'discovery.read', count: useUnownedCount, urgent: true },
        { route: 'hosts', label: 'discovery.host.title', permission: 'discovery.read', children: ['host'] },
        { route: 'discoveries', label: 'discovery.scan.title', permission: 'discovery.read' },
      ],
    },
  ],
  routes: [
    { path: '/discoveries', name: 'discoveries', component: () => import('./DiscoveryListPage.vue'), meta: { title: 'discovery.scan.title', permission: 'discovery.read' } },
    { path: '/discoveries/hosts', name: 'hosts', component: () => import('./HostListPage.vue'), meta: { title: 'discovery.host.title', permission: 'discovery.read' } },
    { path: '/discoveries/unowned', name: 'unowned', component: () => import('./UnownedPage.vue'), meta: { title: 'discovery.unowned.title', permission: 'discovery.read' } },
    { path: '/discoveries/hosts/:id', name: 'host', component: () => import('./HostPage.vue'), props: true, meta: { title: 'discovery.host.one', permission: 'discovery.read' } },
  ],
}
export default feature
