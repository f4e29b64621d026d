import { keepPreviousData, useQuery } from '@tanstack/vue-query'
import { computed, type MaybeRefOrGetter, toValue } from 'vue'
import type { components } from '@/gen/api'
import { api, unwrap } from '@/shared/api'
import { branchesOf, fieldsOf, wordOf, type Codes, type Definition } from '@/shared/form/schemaForm'
import { labelOf, wordsOf } from '@/shared/i18n'

export type AssetClass = NonNullable<components['schemas']['AssetCatalogue']['classes']>[number]
/** Classes, categories, forms and code lists as they hold for an organisation (none: one's own), and their words. */
export function useCatalogue(org: MaybeRefOrGetter<string | undefined> = undefined) {
  const query = useQuery({
    queryKey: computed(() => ['asset-classes', toValue(org) || '']), staleTime: 60_000, placeholderData: keepPreviousData,
    queryFn: ({ signal }) => unwrap(api.GET('/api/v1/asset-classes', { params: { query: toValue(org) ? { org: toValue(org)! } : {} }, signal })),
  })
  const all = computed(() => query.data.value?.classes ?? [])
  const classOf = (code?: string | null) => all.value.find((k) => k.code === code)
  const list = (name: string) => query.data.value?.dictionaries?.[name] ?? []
  return {
    query,
    /** What I write is filed as a report and reviewed. */
    review: computed(() => query.data.value?.review ?? false),
    all,
    classes: computed(() => all.value.map((k) => ({ value: k.code!, label: labelOf(k) }))),
    list,
    options: (name: string) => computed(() => list(name).filter((i) => !i.retired).map((i) => ({ value: i.code!, label: labelOf(i) }))),
    className: (code?: string | null) => labelOf(classOf(code)),
    categories: (cls?: string | null) => branchesOf(classOf(cls)?.categories ?? []),
    categoryName: (cls?: string | null, code?: string | null) => labelOf(classOf(cls)?.categories?.find((c) => c.code === code)),
    codes: computed(() => (query.data.value?.dictionaries ?? {}) as Codes),
    definition: (cls?: string | null) => (classOf(cls)?.form?.definition ?? undefined) as Definition | undefined,
    /** An attribute's name and value in words; one that the form no longer knows by its key. */
    attribute: (cls: string | null | undefined, key: string, v: unknown) => {
      const p = (classOf(cls)?.form?.definition as Definition | undefined)?.properties[key]
      return { label: wordsOf(p?.['x-label']) || key, value: p ? wordOf(p, (query.data.value?.dictionaries ?? {}) as Codes, v) : String(v ?? '') }
    },
    /** Whether assets can be found and counted by an attribute already. */
    indexed: (cls: string | null | undefined, key: string) => classOf(cls)?.indexed?.some((x) => x.field === key && x.ready) ?? false,
    attributes: (cls?: string | null) => fieldsOf(classOf(cls)?.form?.definition as Definition | undefined),
    word: (name: string, code?: string | null) => labelOf(list(name).find((i) => i.code === code)),
  }
}
export type Catalogue = ReturnType<typeof useCatalogue>
