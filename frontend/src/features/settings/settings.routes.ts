import type { Feature } from '@/shared/feature'

const page = () => import('./SettingsPage.vue')
const feature: Feature = {
  module: 'admin',
  order: 54,
  nav: [
    {
      label: 'settings.nav',
      items: [
        { route: 'settings', label: 'settings.general.title', permission: 'setting.read' },
        { route: 'sign-in-policy', label: 'settings.sign_in.title', permission: 'policy.read' },
      ],
    },
  ],
  routes: [
    { path: '/settings', name: 'settings', component: page, props: { group: 'general' }, meta: { title: 'settings.general.title', permission: 'setting.read' } },
    { path: '/sign-in-policy', name: 'sign-in-policy', component: page, props: { group: 'sign_in' }, meta: { title: 'settings.sign_in.title', permission: 'policy.read' } },
  ],
}
export default feature
