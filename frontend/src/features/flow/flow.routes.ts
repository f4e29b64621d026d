import type { Feature } from '@/shared/feature'

const feature: Feature = {
  module: 'admin',
  order: 52,
  nav: [{ label: 'flow.nav', items: [{ route: 'flows', label: 'flow.list.title', permission: 'flow.read', children: ['flow'] }, { route: 'calendar', label: 'flow.calendar.title', permission: 'calendar.read' }] }],
  routes: [
    { path: '/flows', name: 'flows', component: () => import('./FlowListPage.vue'), meta: { title: 'flow.list.title', permission: 'flow.read' } },
    { path: '/flows/:id', name: 'flow', component: () => import('./FlowDesignerPage.vue'), props: true, meta: { title: 'flow.design.title', permission: 'flow.read' } },
    { path: '/calendar', name: 'calendar', component: () => import('./CalendarPage.vue'), meta: { title: 'flow.calendar.title', permission: 'calendar.read' } },
  ],
}
export default feature
