import 'element-plus/dist/index.css'
import './tokens.css'
import './base.css'
import './element.css'
import { QueryClient, VueQueryPlugin } from '@tanstack/vue-query'
import { createPinia } from 'pinia'
import { createApp } from 'vue'
import { whenSessionLost, Problem } from '@/shared/api'
import { vCan } from '@/shared/can'
import { currentLocale, i18n, setLocale, t } from '@/shared/i18n'
import { announce } from '@/shared/live'
import { useSession } from '@/shared/session'
import App from './App.vue'
import { router } from './router'

setLocale(currentLocale())

const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 2_000,
      refetchOnWindowFocus: false,
      // A refusal stays a refusal; only silence and an overloaded server are worth a second question.
      retry: (n, e) => n < 2 && e instanceof Problem && (e.status === 0 || e.status === 503),
      retryDelay: (n) => Math.min(4000, 500 * 2 ** n) * (0.75 + Math.random() / 2),
    },
  },
})

createApp(App).use(createPinia()).use(i18n).use(router).use(VueQueryPlugin, { queryClient: queries }).directive('can', vCan).mount('#app')

whenSessionLost(() => {
  const session = useSession()
  if (!session.user) return
  session.drop()
  queries.clear()
  announce(t('app.session_lost'), 'assertive')
  const here = router.currentRoute.value
  if (!here.meta.open) void router.push({ name: 'sign-in', query: { return: here.fullPath, lost: '1' } })
})
