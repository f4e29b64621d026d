import { useQuery } from '@tanstack/vue-query'
import { computed } from 'vue'
import type { components } from '@/gen/api'
import { api, unwrap } from '../api'

export type Realm = components['schemas']['Realm']

/** The sub-systems inside the caller's scope; `platform`: may the platform's own configuration be changed? */
export function useRealms() {
  const q = useQuery({ queryKey: ['realms'], queryFn: ({ signal }) => unwrap(api.GET('/api/v1/realms', { signal })), staleTime: 60_000 })
  return {
    realms: computed(() => q.data.value?.items ?? []),
    platform: computed(() => q.data.value?.platform ?? false),
    pending: q.isPending,
    error: q.error,
    refetch: q.refetch,
  }
}
