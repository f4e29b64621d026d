import type { Feature } from '@/shared/feature'

const feature: Feature = {
  module: 'assets',
  order: 10,
  nav: [{ label: 'assets.nav', items: [
    { route: 'assets', label: 'assets.title', permission: 'asset.read', children: ['asset', 'asset-new', 'asset-edit'] },
    { route: 'asset-changes', label: 'assets.report.title', permission: 'asset.read', children: ['asset_change'] },
    { route: 'asset-import', label: 'assets.import.title', permission: 'asset.import' },
  ] }],
  routes: [
    { path: '/assets', name: 'assets', component: () => import('./AssetListPage.vue'), meta: { title: 'assets.title', permission: 'asset.read' } },
    { path: '/assets/new', name: 'asset-new', component: () => import('./AssetFormPage.vue'), meta: { title: 'assets.form.create', permission: 'asset.write' } },
    { path: '/assets/import', name: 'asset-import', component: () => import('./ImportPage.vue'), meta: { title: 'assets.import.title', permission: 'asset.import' } },
    { path: '/asset-changes', name: 'asset-changes', component: () => import('./ReportListPage.vue'), meta: { title: 'assets.report.title', permission: 'asset.read' } },
    { path: '/asset-changes/:id', name: 'asset_change', component: () => import('./ReportPage.vue'), props: true, meta: { title: 'assets.report.one', permission: 'asset.read' } },
    { path: '/assets/:id', name: 'asset', component: () => import('./AssetPage.vue'), props: true, meta: { title: 'assets.one', permission: 'asset.read' } },
    { path: '/assets/:id/edit', name: 'asset-edit', component: () => import('./AssetFormPage.vue'), props: true, meta: { title: 'assets.form.edit', permission: 'asset.write' } },
  ],
}
export default feature
