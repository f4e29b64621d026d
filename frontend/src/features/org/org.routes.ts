import type { Feature } from '@/shared/feature'

const feature: Feature = {
  module: 'admin',
  order: 10,
  nav: [{ label: 'org.nav', items: [{ route: 'orgs', label: 'org.list.title', permission: 'org.read', children: ['org', 'org-new', 'org-edit', 'org-moves'] }, { route: 'people', label: 'org.person.title', permission: 'person.read' }, { route: 'groups', label: 'org.group.title', permission: 'group.read' }, { route: 'duty-map', label: 'org.duty_map.title', permission: 'responsibility.read', children: ['responsibilities'] }, { route: 'sectors', label: 'org.sector.title', permission: 'sector.write' }, { route: 'realms', label: 'org.realm.title', permission: 'realm.write' }, { route: 'sector-defaults', label: 'ownership.defaults.title', permission: 'ownership.config' }] }],
  routes: [
    { path: '/orgs', name: 'orgs', component: () => import('./OrgListPage.vue'), meta: { title: 'org.list.title', permission: 'org.read' } },
    { path: '/people', name: 'people', component: () => import('./PersonListPage.vue'), meta: { title: 'org.person.title', permission: 'person.read' } },
    { path: '/sectors', name: 'sectors', component: () => import('./SectorListPage.vue'), meta: { title: 'org.sector.title', permission: 'sector.write' } },
    { path: '/groups', name: 'groups', component: () => import('./GroupListPage.vue'), meta: { title: 'org.group.title', permission: 'group.read' } },
    { path: '/duty-map', name: 'duty-map', component: () => import('./DutyMapPage.vue'), meta: { title: 'org.duty_map.title', permission: 'responsibility.read' } },
    { path: '/responsibilities', name: 'responsibilities', component: () => import('./ResponsibilityListPage.vue'), meta: { title: 'org.duty_map.list', permission: 'responsibility.read' } },
    { path: '/realms', name: 'realms', component: () => import('./RealmListPage.vue'), meta: { title: 'org.realm.title', permission: 'realm.write' } },
    { path: '/org-moves', name: 'org-moves', component: () => import('./OrgMoveListPage.vue'), meta: { title: 'org.move.list', permission: 'org.read' } },
    { path: '/orgs/new', name: 'org-new', component: () => import('./OrgFormPage.vue'), meta: { title: 'org.form.create', permission: 'org.write' } },
    { path: '/orgs/:id', name: 'org', component: () => import('./OrgPage.vue'), props: true, meta: { title: 'org.list.title', permission: 'org.read' } },
    { path: '/orgs/:id/edit', name: 'org-edit', component: () => import('./OrgFormPage.vue'), props: true, meta: { title: 'org.form.edit', permission: 'org.write' } },
  ],
}
export default feature
