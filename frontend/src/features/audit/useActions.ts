import { useQuery } from '@tanstack/vue-query'
import { computed } from 'vue'
import { http } from '@/shared/api'
import { currentLocale } from '@/shared/i18n'

type Operation = { 'x-audit'?: string; 'x-label'?: Record<string, string> }
type Contract = { paths: Record<string, Record<string, Operation>> }

/** What the contract calls each audited action, in the reader's language; an action outside it is its code. */
export function useActions() {
  const q = useQuery({ queryKey: ['contract'], queryFn: () => http<Contract>('GET', '/openapi.json'), staleTime: Infinity })
  const labels = computed(() => {
    const all = new Map<string, string>()
    for (const path of Object.values(q.data.value?.paths ?? {}))
      for (const o of Object.values(path)) if (o['x-audit'] && !all.has(o['x-audit'])) all.set(o['x-audit'], o['x-label']?.[currentLocale()] ?? o['x-audit'])
    return all
  })
  return { name: (action: string) => labels.value.get(action) ?? action, all: labels }
}
