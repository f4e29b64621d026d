import type { Feature } from '@/shared/feature'

const feature: Feature = {
  module: 'overview',
  nav: [],
  routes: [{ path: '/search', name: 'search', component: () => import('./SearchPage.vue'), meta: { title: 'search.title', wide: true } }],
}
export default feature
