import type { Feature } from '@/shared/feature'

const feature: Feature = {
  module: 'admin',
  order: 20,
  nav: [
    {
      label: 'access.nav',
      items: [
        { route: 'users', label: 'access.user.title', permission: 'user.read' },
        { route: 'roles', label: 'access.role.title', permission: 'role.read', children: ['role-new', 'role-edit'] },
        { route: 'clients', label: 'access.client.title', permission: 'client.read' },
      ],
    },
  ],
  routes: [
    { path: '/clients', name: 'clients', component: () => import('./ClientListPage.vue'), meta: { title: 'access.client.title', permission: 'client.read' } },
    { path: '/users', name: 'users', component: () => import('./UserListPage.vue'), meta: { title: 'access.user.title', permission: 'user.read' } },
    { path: '/roles', name: 'roles', component: () => import('./RoleListPage.vue'), meta: { title: 'access.role.title', permission: 'role.read' } },
    { path: '/roles/new', name: 'role-new', component: () => import('./RoleFormPage.vue'), meta: { title: 'access.role.create', permission: 'role.write' } },
    { path: '/roles/:id/edit', name: 'role-edit', component: () => import('./RoleFormPage.vue'), props: true, meta: { title: 'access.role.edit', permission: 'role.write' } },
  ],
}
export default feature
