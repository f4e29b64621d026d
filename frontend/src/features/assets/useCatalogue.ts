import { useQuery } from '@tanstack/vue-query'
import { computed } from 'vue'
import type { components } from '@/gen/api'
import { api, unwrap } from '@/shared/api'
import { labelOf } from '@/shared/i18n'

export type AssetClass = NonNullable<components['schemas']['AssetCatalogue']['classes']>[number]
export type Attribute = NonNullable<AssetClass['attributes']>[number]
export type Branch = { value: string; label: string; children?: Branch[] }
interface Coded { code?: string; parent_code?: string | null; label_zh?: string; label_en?: string }

/** Items that hang below each other as a tree of options. One whose parent is not in the list is a root. */
export function branchesOf(items: readonly Coded[], valueOf: (i: Coded) => string = (i) => i.code!): Branch[] {
  const codes = new Set(items.map((i) => i.code))
  const under = (parent: string | null): Branch[] =>
    items.filter((i) => (i.parent_code && codes.has(i.parent_code) ? i.parent_code : null) === parent).map((i) => {
      const children = under(i.code!)
      return { value: valueOf(i), label: labelOf(i), ...(children.length ? { children } : {}) }
    })
  return under(null)
}

/** Classes, categories and code lists, and their words in the reader's language. */
export function useCatalogue() {
  const query = useQuery({ queryKey: ['asset-classes'], queryFn: ({ signal }) => unwrap(api.GET('/api/v1/asset-classes', { signal })), staleTime: 300_000 })
  const all = computed(() => query.data.value?.classes ?? [])
  const classOf = (code?: string | null) => all.value.find((k) => k.code === code)
  const list = (name: string) => query.data.value?.dictionaries?.[name] ?? []
  return {
    query,
    all,
    classes: computed(() => all.value.map((k) => ({ value: k.code!, label: labelOf(k) }))),
    list,
    options: (name: string) => computed(() => list(name).map((i) => ({ value: i.code!, label: labelOf(i) }))),
    className: (code?: string | null) => labelOf(classOf(code)),
    categories: (cls?: string | null) => branchesOf(classOf(cls)?.categories ?? []),
    categoryName: (cls?: string | null, code?: string | null) => labelOf(classOf(cls)?.categories?.find((c) => c.code === code)),
    attributes: (cls?: string | null): Attribute[] => classOf(cls)?.attributes ?? [],
    word: (name: string, code?: string | null) => labelOf(list(name).find((i) => i.code === code)),
  }
}
export type Catalogue = ReturnType<typeof useCatalogue>
