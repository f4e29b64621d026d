import type { Feature } from '@/shared/feature'

const feature: Feature = {
  module: 'warnings',
  order: 20,
  nav: [
    {
      label: 'warnings.nav.warnings',
      items: [
        { route: 'warnings', label: 'warnings.list.title', permission: 'warning.read', children: ['warning', 'warning-edit'] },
        { route: 'warning-new', label: 'warnings.form.create', permission: 'warning.draft' },
        { route: 'dispatches', label: 'warnings.dispatches.title', permission: 'dispatch.read', children: ['dispatch'] },
      ],
    },
  ],
  routes: [
    { path: '/warnings', name: 'warnings', component: () => import('./WarningListPage.vue'), meta: { title: 'warnings.list.title', permission: 'warning.read' } },
    { path: '/warnings/new', name: 'warning-new', component: () => import('./WarningFormPage.vue'), meta: { title: 'warnings.form.create', permission: 'warning.draft' } },
    { path: '/warnings/:id', name: 'warning', component: () => import('./WarningPage.vue'), props: true, meta: { title: 'warnings.detail.title', permission: 'warning.read' } },
    { path: '/warnings/:id/edit', name: 'warning-edit', component: () => import('./WarningFormPage.vue'), props: true, meta: { title: 'warnings.form.edit', permission: 'warning.draft' } },
    { path: '/dispatches', name: 'dispatches', component: () => import('./DispatchListPage.vue'), meta: { title: 'warnings.dispatches.title', permission: 'dispatch.read' } },
    { path: '/dispatches/:id', name: 'dispatch', component: () => import('./DispatchPage.vue'), props: true, meta: { title: 'warnings.dispatch.title', permission: 'dispatch.read' } },
  ],
}
export default feature
