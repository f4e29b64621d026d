import { computed, onScopeDispose, ref, type Ref } from 'vue'
import type { RouteLocationRaw } from 'vue-router'
import type { components } from '@/gen/api'
import { api, unwrap, usePoll } from '@/shared/api'
import { useCan } from '@/shared/session'

export type Task = components['schemas']['Task']
export type DispatchItem = components['schemas']['DispatchItem']

/** What waits for me, for the badge, the navigation and the head of the list: one answer, kept fresh by its ETag. */
export function useTaskCounts() {
  const can = useCan()
  const q = usePoll(['task-counts'], (signal) => unwrap(api.GET('/api/v1/tasks/counts', { signal })), { enabled: () => can('task.read') })
  return {
    counts: q.data,
    todo: computed(() => q.data.value?.todo),
    overdue: computed(() => q.data.value?.overdue),
    byStep: computed(() => q.data.value?.by_step ?? []),
  }
}

/** The dispatches behind my to-dos, by id: who returned it and why, what it affects, whether its clock stands. */
export function useTodoDispatches(): Ref<Map<string, DispatchItem>> {
  const can = useCan()
  const q = usePoll(['todo-dispatches'], (signal) => unwrap(api.GET('/api/v1/dispatches', { params: { query: { mine: 'todo', size: 100 } }, signal })), { enabled: () => can('dispatch.read') })
  return computed(() => new Map((q.data.value?.items ?? []).map((d) => [d.id!, d])))
}

/** Where a task is done. `act` makes the page open that step at once. */
export function placeOf(task: Task, act?: string): RouteLocationRaw {
  const name = task.subject_kind === 'dispatch' ? 'dispatch' : task.subject_kind === 'asset_change' ? 'asset_change' : 'warning'
  return { name, params: { id: task.subject_id! }, ...(act && name === 'dispatch' ? { query: { do: act } } : {}) }
}

/** Under 768 the list becomes cards. */
export function useNarrow(): Ref<boolean> {
  const media = window.matchMedia('(max-width: 767px)')
  const narrow = ref(media.matches)
  const hear = () => (narrow.value = media.matches)
  media.addEventListener('change', hear)
  onScopeDispose(() => media.removeEventListener('change', hear))
  return narrow
}
