import { useQuery } from '@tanstack/vue-query'
import { computed } from 'vue'
import type { components } from '@/gen/api'
import { api, unwrap } from '../api'
import { t } from '../i18n'

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

interface OfRealm { realm_org_id?: string | null; realm_name?: string | null }
export const realmName = (x: OfRealm): string => (x.realm_org_id ? (x.realm_name ?? '—') : t('shared.realm.platform'))

/** Which rows this person may change: the platform's own, or those of the sub-systems in scope. */
export function useWritable() {
  const { realms, platform } = useRealms()
  return (x: OfRealm) => (x.realm_org_id ? realms.value.some((r) => r.id === x.realm_org_id) : platform.value)
}
