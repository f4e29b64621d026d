import { keepPreviousData, useQuery } from '@tanstack/vue-query'
import { computed, type Ref } from 'vue'
import type { components } from '@/gen/api'
import { api, unwrap } from '@/shared/api'
import type { Codes, Definition } from '@/shared/form/schemaForm'
import { labelOf } from '@/shared/i18n'

export type FormItem = components['schemas']['FormItem']
export type FormRecord = components['schemas']['Form']
export type DictionaryRow = components['schemas']['DictionaryItem']

export function useKinds() {
  const q = useQuery({ queryKey: ['form-kinds'], queryFn: ({ signal }) => unwrap(api.GET('/api/v1/forms/kinds', { signal })), staleTime: 60_000 })
  const kinds = computed(() => q.data.value?.items ?? [])
  const of = (kind?: string) => kinds.value.find((k) => k.kind === kind)
  return { kinds, kindName: (kind?: string) => labelOf(of(kind)) || kind || '', codes: (kind?: string) => of(kind)?.codes ?? [], codeName: (kind?: string, code?: string) => labelOf(of(kind)?.codes?.find((c) => c.code === code)) || code || '' }
}

export function useDictionaries() {
  const q = useQuery({ queryKey: ['dictionaries'], queryFn: ({ signal }) => unwrap(api.GET('/api/v1/dictionaries', { signal })), staleTime: 30_000 })
  return { q, rows: computed(() => q.data.value?.items ?? []) }
}

/** The lists that a form names, as they hold where it holds: for the preview. */
export function useCodes(definition: Ref<Definition>, realm: Ref<string>) {
  const { rows } = useDictionaries()
  const names = computed(() => {
    const all = Object.values(definition.value.properties).flatMap((p) => [p, ...Object.values(p.items?.properties ?? {})])
    return [...new Set(all.map((p) => p['x-dictionary']).filter((n): n is string => !!n))].sort()
  })
  const wanted = computed(() => names.value.flatMap((name) => {
    const same = rows.value.filter((d) => d.code === name)
    return same.find((d) => (d.realm_org_id ?? '') === realm.value) ?? same.find((d) => !d.realm_org_id) ?? []
  }))
  const q = useQuery({
    queryKey: computed(() => ['dictionary-codes', ...wanted.value.map((d) => `${d.realm_org_id ?? ''}/${d.code}/${d.version}`)]), enabled: computed(() => wanted.value.length > 0), staleTime: 60_000,
    placeholderData: keepPreviousData,
    queryFn: async ({ signal }) => {
      const all = await Promise.all(wanted.value.map((d) => unwrap(api.GET('/api/v1/dictionaries/{code}', { params: { path: { code: d.code! }, query: d.realm_org_id ? { realm: d.realm_org_id } : {} }, signal }))))
      return Object.fromEntries(all.map((d) => [d.code!, (d.items ?? []).map((i) => ({ ...i, retired: i.active === false }))])) as Codes
    },
  })
  return computed(() => q.data.value ?? {})
}
