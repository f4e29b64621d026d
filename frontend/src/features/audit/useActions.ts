import { computed } from 'vue'
import { useContract } from '@/shared/contract'

/** What the contract calls each audited action, in the reader's language; an action outside it is its code. */
export function useActions() {
  const { operations } = useContract()
  const labels = computed(() => {
    const all = new Map<string, string>()
    for (const o of operations.value) if (o.audit && o.audit !== 'none' && !all.has(o.audit)) all.set(o.audit, o.label)
    return all
  })
  return { name: (action: string) => labels.value.get(action) ?? action, all: labels }
}
