import { computed, type ComputedRef } from 'vue'
import { useRoute, useRouter, type LocationQueryRaw } from 'vue-router'
import type { FilterField, ListParams, ListSchema } from './schema'

const SIZES = [20, 50, 100, 200]
/** The server's limit for paging by number; beyond it only a cursor goes on. */
export const REACH = 100_000

/** The list's state is the URL: page, size, sort and filters. Sharing the address shares the view; back restores it. */
export function useListState<Row>(schema: () => ListSchema<Row>) {
  const route = useRoute()
  const router = useRouter()
  const str = (v: unknown) => (Array.isArray(v) ? String(v[0] ?? '') : typeof v === 'string' ? v : '')

  const filters: ComputedRef<Record<string, string>> = computed(() =>
    Object.fromEntries(schema().filters.map((f) => [f.key, str(route.query[f.key])]).filter(([, v]) => v)),
  )
  const page = computed(() => Math.max(1, Math.min(REACH, Number.parseInt(str(route.query.page)) || 1)))
  const size = computed(() => {
    const n = Number.parseInt(str(route.query.size)) || schema().size || 20
    return SIZES.includes(n) ? n : 20
  })
  // An order by a column that this list does not have (another class was chosen) is no order.
  const known = (s: string) => schema().columns.some((c) => c.sort && c.sort === s.replace(/^-/, ''))
  const sort = computed(() => [str(route.query.sort)].find(known) || schema().sort || '')
  const params = computed<ListParams>(() => ({ page: page.value, size: size.value, ...(sort.value ? { sort: sort.value } : {}), ...filters.value }))

  function go(change: LocationQueryRaw): void {
    const query: LocationQueryRaw = { ...route.query, ...change }
    for (const k of Object.keys(query)) if (query[k] === '' || query[k] === undefined || query[k] === null) delete query[k]
    void router.push({ query })
  }
  return {
    filters, page, size, sort, params, SIZES,
    setFilters: (f: Record<string, string>) => go({ ...Object.fromEntries(schema().filters.map((x: FilterField) => [x.key, f[x.key] ?? ''])), page: '' }),
    setFilter: (key: string, value: string) => go({ [key]: value, page: '' }),
    setPage: (n: number) => go({ page: n > 1 ? String(n) : '' }),
    setSize: (n: number) => go({ size: n === (schema().size ?? 20) ? '' : String(n), page: '' }),
    /** none -> ascending -> descending -> none */
    toggleSort: (name: string) => go({ sort: sort.value === name ? `-${name}` : sort.value === `-${name}` ? '' : name, page: '' }),
  }
}
