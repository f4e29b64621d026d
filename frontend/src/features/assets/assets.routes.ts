import type { Feature } from '@/shared/feature'

const feature: Feature = {
  module: 'assets',
  order: 10,
  nav: [{ label: 'assets.nav', items: [{ route: 'assets', label: 'assets.title', permission: 'asset.read', children: ['asset'] }] }],
  routes: [
    { path: '/assets', name: 'assets', component: () => import('./AssetListPage.vue'), meta: { title: 'assets.title', permission: 'asset.read' } },
    { path: '/assets/:id', name: 'asset', component: () => import('./AssetPage.vue'), props: true, meta: { title: 'assets.one', permission: 'asset.read' } },
  ],
}
export default feature
