import { useQuery } from '@tanstack/vue-query'
import { computed } from 'vue'
import type { components } from '@/gen/api'
import { api, unwrap } from '@/shared/api'
import type { Codes } from '@/shared/form/schemaForm'
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

/** The lists as they hold for one's own organisation: for the preview. */
export function useCodes() {
  const q = useQuery({ queryKey: ['dictionary-codes'], staleTime: 30_000, queryFn: async ({ signal }) => {
    const { items } = await unwrap(api.GET('/api/v1/dictionaries', { signal }))
    const own = (items ?? []).filter((d) => !d.realm_org_id)
    const all = await Promise.all(own.map((d) => unwrap(api.GET('/api/v1/dictionaries/{code}', { params: { path: { code: d.code! } }, signal }))))
    return Object.fromEntries(all.map((d) => [d.code!, (d.items ?? []).map((i) => ({ ...i, retired: i.active === false }))])) as Codes
  } })
  return computed(() => q.data.value ?? {})
}
