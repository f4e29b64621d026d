import { useQuery } from '@tanstack/vue-query'
import { computed } from 'vue'
import { api, unwrap } from '@/shared/api'

/** The address spaces that the caller may name. */
export function useSpaces() {
  const q = useQuery({ queryKey: ['address-spaces'], queryFn: ({ signal }) => unwrap(api.GET('/api/v1/address-spaces', { signal })), staleTime: 60_000 })
  const rows = computed(() => q.data.value?.items ?? [])
  return {
    options: computed(() => rows.value.map((s) => ({ value: s.id!, label: s.name ?? '' }))),
    nameOf: (id?: string | null) => rows.value.find((s) => s.id === id)?.name ?? '',
  }
}
