import { useQuery } from '@tanstack/vue-query'
import { computed } from 'vue'
import { api, unwrap } from '@/shared/api'
import { currentLocale, labelOf } from '@/shared/i18n'
import { placeName } from '@/shared/org/placeName'

/** Regions and sectors: small tables of the platform, read once. */
export function usePlaces() {
  const regions = useQuery({ queryKey: ['regions'], queryFn: () => unwrap(api.GET('/api/v1/regions')), staleTime: Infinity })
  const sectors = useQuery({ queryKey: ['sectors', 'all'], queryFn: () => unwrap(api.GET('/api/v1/sectors', { params: { query: { all: true } } })), staleTime: Infinity })
  const regionRows = computed(() => regions.data.value?.items ?? [])
  const sectorRows = computed(() => sectors.data.value?.items ?? [])
  const name = (r: { name_zh?: string; name_en?: string }) => (currentLocale() === 'en' ? r.name_en || r.name_zh : r.name_zh) ?? ''
  return {
    regionOptions: computed(() => regionRows.value.map((r) => ({ value: r.code!, label: name(r), parent: r.parent_code }))),
    sectorOptions: computed(() => sectorRows.value.filter((s) => s.state !== 'retired').map((s) => ({ value: s.code!, label: labelOf(s) }))),
    regionName: (code?: string | null) => {
      const r = regionRows.value.find((x) => x.code === code)
      return r ? placeName(r) : (code ?? '—')
    },
    sectorName: (code?: string | null) => {
      const s = sectorRows.value.find((x) => x.code === code)
      return s ? labelOf(s) : (code ?? '—')
    },
  }
}
