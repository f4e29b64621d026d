import type { Feature } from '@/shared/feature'

const meta = (title: string) => ({ title, permission: 'notify.read' })
const feature: Feature = {
  module: 'admin',
  order: 60,
  nav: [
    {
      label: 'notify.nav',
      items: [
        { route: 'notify-rules', label: 'notify.rule.title', permission: 'notify.read' },
        { route: 'notify-templates', label: 'notify.template.title', permission: 'notify.read' },
        { route: 'notify-channels', label: 'notify.channel.title', permission: 'notify.read' },
        { route: 'deliveries', label: 'notify.log.title', permission: 'notify.read' },
        { route: 'notify-hosts', label: 'notify.host.title', permission: 'notify.read' },
      ],
    },
  ],
  routes: [
    { path: '/notify/rules', name: 'notify-rules', component: () => import('./RulesPage.vue'), meta: meta('notify.rule.title') },
    { path: '/notify/templates', name: 'notify-templates', component: () => import('./TemplatesPage.vue'), meta: meta('notify.template.title') },
    { path: '/notify/channels', name: 'notify-channels', component: () => import('./ChannelsPage.vue'), meta: meta('notify.channel.title') },
    { path: '/notify/hosts', name: 'notify-hosts', component: () => import('./HostsPage.vue'), meta: meta('notify.host.title') },
    { path: '/deliveries', name: 'deliveries', component: () => import('./DeliveryListPage.vue'), meta: meta('notify.log.title') },
  ],
}
export default feature
