import type { Feature } from '@/shared/feature'

const feature: Feature = {
  module: 'admin',
  order: 50,
  nav: [
    {
      label: 'forms.nav',
      items: [
        { route: 'forms', label: 'forms.list.title', permission: 'form.read', children: ['form'] },
        { route: 'dictionaries', label: 'forms.dictionary.title', permission: 'dictionary.read', children: ['dictionary'] },
      ],
    },
  ],
  routes: [
    { path: '/forms', name: 'forms', component: () => import('./FormListPage.vue'), meta: { title: 'forms.list.title', permission: 'form.read' } },
    { path: '/forms/:id', name: 'form', component: () => import('./FormDesignerPage.vue'), props: true, meta: { title: 'forms.design.title', permission: 'form.read' } },
    { path: '/dictionaries', name: 'dictionaries', component: () => import('./DictionaryListPage.vue'), meta: { title: 'forms.dictionary.title', permission: 'dictionary.read' } },
    { path: '/dictionaries/:code', name: 'dictionary', component: () => import('./DictionaryPage.vue'), props: (r) => ({ code: r.params.code, realm: r.query.realm ?? '' }), meta: { title: 'forms.dictionary.title', permission: 'dictionary.read' } },
  ],
}
export default feature
