import { useQuery } from '@tanstack/vue-query'
import { computed } from 'vue'
import { api, unwrap } from '@/shared/api'
import { labelOf } from '@/shared/i18n'

/** Classes, categories and code lists, and their words in the reader's language. */
export function useCatalogue() {
  const query = useQuery({ queryKey: ['asset-classes'], queryFn: ({ signal }) => unwrap(api.GET('/api/v1/asset-classes', { signal })), staleTime: 300_000 })
  const classOf = (code?: string | null) => query.data.value?.classes?.find((k) => k.code === code)
  const list = (name: string) => query.data.value?.dictionaries?.[name] ?? []
  return {
    query,
    classes: computed(() => (query.data.value?.classes ?? []).map((k) => ({ value: k.code!, label: labelOf(k) }))),
    options: (name: string) => computed(() => list(name).map((i) => ({ value: i.code!, label: labelOf(i) }))),
    className: (code?: string | null) => labelOf(classOf(code)),
    categoryName: (cls?: string | null, code?: string | null) => labelOf(classOf(cls)?.categories?.find((c) => c.code === code)),
    attributes: (cls?: string | null) => classOf(cls)?.attributes ?? [],
    word: (name: string, code?: string | null) => labelOf(list(name).find((i) => i.code === code)),
  }
}
