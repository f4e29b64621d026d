import { useQuery } from '@tanstack/vue-query'
import { computed } from 'vue'
import type { components } from '@/gen/api'
import { api, unwrap } from '@/shared/api'
import { wordsOf } from '@/shared/i18n'

export type RelationKind = components['schemas']['RelationKind']

/** The kinds of relations, and how either end calls the other. */
export function useRelationKinds() {
  const query = useQuery({ queryKey: ['relation-kinds'], staleTime: 300_000, queryFn: ({ signal }) => unwrap(api.GET('/api/v1/relation-kinds', { signal })) })
  const all = computed(() => query.data.value?.items ?? [])
  const word = (k: RelationKind | undefined, back: boolean) => (k ? wordsOf(back ? { zh: k.back_zh ?? '', en: k.back_en } : { zh: k.label_zh ?? '', en: k.label_en }) : '')
  return {
    query,
    word: (code: string | undefined, back: boolean) => word(all.value.find((k) => k.code === code), back) || (code ?? ''),
    /** What an asset of a class may be related by: each kind from the end that it may stand at. */
    of: (cls?: string | null) => all.value.flatMap((k) => [
      ...(k.from_class === cls ? [{ value: `${k.code}>`, kind: k.code!, back: false, other: k.to_class!, label: word(k, false) }] : []),
      ...(k.to_class === cls ? [{ value: `${k.code}<`, kind: k.code!, back: true, other: k.from_class!, label: word(k, true) }] : []),
    ]),
  }
}
