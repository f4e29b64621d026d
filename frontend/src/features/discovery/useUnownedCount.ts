import { computed, type Ref } from 'vue'
import { api, unwrap, usePoll } from '@/shared/api'

/** How many discovered hosts nobody owns, for the navigation. */
export function useUnownedCount(): Ref<number | undefined> {
  const q = usePoll(['unowned-count'], (signal) => unwrap(api.GET('/api/v1/discoveries/hosts', { params: { query: { owned: false, size: 1 } }, signal })))
  return computed(() => q.data.value?.total)
}
