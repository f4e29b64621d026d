import type { Feature } from '@/shared/feature'
import { useTaskCounts } from './useTasks'

const feature: Feature = {
  module: 'warnings',
  order: 10,
  nav: [
    {
      label: 'tasks.nav',
      items: [
        { route: 'todo', label: 'tasks.todo.title', permission: 'task.read', count: () => useTaskCounts().todo, urgent: true },
        { route: 'done', label: 'tasks.done.title', permission: 'task.read' },
      ],
    },
  ],
  routes: [
    { path: '/todo', name: 'todo', component: () => import('./TodoPage.vue'), meta: { title: 'tasks.todo.title', permission: 'task.read' } },
    { path: '/done', name: 'done', component: () => import('./DonePage.vue'), meta: { title: 'tasks.done.title', permission: 'task.read' } },
  ],
  badge: () => useTaskCounts().todo,
}
export default feature
