import { useQuery } from '@tanstack/vue-query'
import { computed } from 'vue'
import { http } from './api'
import { currentLocale } from './i18n'

type Operation = { 'x-audit'?: string; 'x-perm'?: string; 'x-perm-more'?: string[]; 'x-label'?: Record<string, string> }
type Contract = { paths: Record<string, Record<string, Operation>> }

/** The operations of the contract: what each is called in the reader's language, the permission and the audit action that go with it. */
export function useContract() {
  const q = useQuery({ queryKey: ['contract'], queryFn: () => http<Contract>('GET', '/openapi.json'), staleTime: Infinity })
  const operations = computed(() =>
    Object.entries(q.data.value?.paths ?? {}).flatMap(([path, item]) =>
      Object.entries(item).map(([method, o]) => ({
        route: `${method.toUpperCase()} ${path}`,
        label: o['x-label']?.[currentLocale()] ?? path,
        audit: o['x-audit'],
        permissions: [o['x-perm'], ...(o['x-perm-more'] ?? [])].filter((p): p is string => !!p),
      })),
    ),
  )
  return { operations }
}
