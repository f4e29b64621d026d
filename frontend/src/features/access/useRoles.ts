import { useQuery } from '@tanstack/vue-query'
import { computed } from 'vue'
import type { components } from '@/gen/api'
import { api, unwrap } from '@/shared/api'
import { labelOf } from '@/shared/i18n'
import { useSession } from '@/shared/session'

export type Role = components['schemas']['Role']
export type User = components['schemas']['User']

/** The roles of the caller's realm; empty for those who may not read them. */
export function useRoles() {
  const session = useSession()
  const q = useQuery({ queryKey: ['roles'], queryFn: ({ signal }) => unwrap(api.GET('/api/v1/roles', { signal })), enabled: () => session.can('role.read') })
  const rows = computed(() => q.data.value?.items ?? [])
  return { q, rows, options: computed(() => rows.value.map((r) => ({ value: r.id!, label: labelOf(r) }))) }
}
