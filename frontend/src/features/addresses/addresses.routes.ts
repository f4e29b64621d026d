import type { Feature } from '@/shared/feature'

const feature: Feature = {
  module: 'assets',
  order: 15,
  nav: [{ label: 'addresses.nav', items: [{ route: 'address-pools', label: 'addresses.title', permission: 'asset.read', children: ['address-pool'] }] }],
  routes: [
    { path: '/address-pools', name: 'address-pools', component: () => import('./PoolListPage.vue'), meta: { title: 'addresses.title', permission: 'asset.read' } },
    { path: '/address-pools/:id', name: 'address-pool', component: () => import('./PoolPage.vue'), props: true, meta: { title: 'addresses.one', permission: 'asset.read' } },
  ],
}
export default feature
