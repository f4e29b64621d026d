import type { Feature } from '@/shared/feature'

const feature: Feature = {
  module: 'admin',
  order: 20,
  nav: [],
  routes: [
    { path: '/sign-in', name: 'sign-in', component: () => import('./SignInPage.vue'), meta: { open: true, title: 'identity.sign_in.title' } },
    { path: '/profile', name: 'profile', component: () => import('./ProfilePage.vue'), meta: { title: 'identity.profile.title', wide: true } },
  ],
}
export default feature
