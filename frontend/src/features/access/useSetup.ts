import { useQuery } from '@tanstack/vue-query'
import { computed } from 'vue'
import type { components } from '@/gen/api'
import { api, unwrap } from '@/shared/api'
import { useCan } from '@/shared/session'

export type SetupAccount = components['schemas']['SetupAccount']
export const ADMIN_KINDS = ['system', 'security', 'audit'] as const
export type AdminKind = (typeof ADMIN_KINDS)[number]

/** Who runs the platform, and whether the set-up account can go. */
export function useSetup() {
  const can = useCan()
  const q = useQuery({ queryKey: ['setup'], queryFn: ({ signal }) => unwrap(api.GET('/api/v1/setup', { signal })), enabled: () => can('user.read') })
  const rows = computed(() => q.data.value?.items ?? [])
  const of = (kind: string) => rows.value.filter((a) => a.kind === kind)
  return { q, of, ready: computed(() => ADMIN_KINDS.every((k) => of(k).some((a) => a.ready))) }
}
