import { useQuery } from '@tanstack/vue-query'
import { computed } from 'vue'
import { api, unwrap } from '@/shared/api'
import { useCan } from '@/shared/session'

/** The event sources that the caller may see, for filters; none without the right. */
export function useSources() {
  const can = useCan()
  const q = useQuery({ queryKey: ['source-options'], queryFn: ({ signal }) => unwrap(api.GET('/api/v1/sources', { params: { query: { size: 200 } }, signal })), enabled: can('source.read'), staleTime: 60_000 })
  return computed(() => (q.data.value?.items ?? []).map((s) => ({ value: s.id!, label: s.name ?? '' })))
}
