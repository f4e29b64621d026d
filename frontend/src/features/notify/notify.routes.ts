import type { Feature } from '@/shared/feature'

const feature: Feature = {
  module: 'warnings',
  order: 90,
  nav: [],
  routes: [{ path: '/notices', name: 'notices', component: () => import('./NoticePage.vue'), meta: { title: 'notify.inbox.title', wide: true } }],
}
export default feature
