import { keepPreviousData, useQuery } from '@tanstack/vue-query'
import { computed, type Ref } from 'vue'
import type { components } from '@/gen/api'
import { api, unwrap } from '@/shared/api'
import { t } from '@/shared/i18n'
import type { OrgNode } from '@/shared/org/useOrgTree'
import { useSession } from '@/shared/session'
import { levelName, typeName } from './dictionary'
import type { usePlaces } from './usePlaces'

export type Group = components['schemas']['Group']
export type GroupRule = components['schemas']['GroupRule']
export const MARKS = ['cii', 'key', 'voluntary'] as const
export const markName = (m: string) => t(`org.group.mark.${m}`)

/** The management groups that the caller may use; empty for those who may not read them. */
export function useGroups() {
  const session = useSession()
  const q = useQuery({ queryKey: ['groups'], queryFn: ({ signal }) => unwrap(api.GET('/api/v1/groups', { signal })), enabled: () => session.can('group.read'), staleTime: 60_000 })
  return { q, groups: computed(() => q.data.value?.items ?? []) }
}

/** A rule as a sentence: each list with its values, all of which must hold. */
export function ruleWords(rule: GroupRule | null | undefined, places: ReturnType<typeof usePlaces>): string[] {
  if (!rule) return []
  const part = (key: string, names: string[]) => (names.length ? [t(`org.group.by.${key}`, { names: names.join(t('shared.comma')) })] : [])
  return [
    ...part('sectors', (rule.sectors ?? []).map((c) => places.sectorName(c))),
    ...part('regions', (rule.regions ?? []).map((c) => places.regionName(c))),
    ...part('levels', (rule.levels ?? []).map((c) => levelName(c))),
    ...part('types', (rule.types ?? []).map((c) => typeName(c))),
    ...part('marks', (rule.marks ?? []).map(markName)),
  ]
}

/** Groups with their members by hand, by id. */
export function useWholeGroups(ids: Ref<string[]>) {
  const q = useQuery({
    queryKey: computed(() => ['group', 'whole', ...ids.value]),
    queryFn: ({ signal }) => Promise.all(ids.value.map((id) => unwrap(api.GET('/api/v1/groups/{id}', { params: { path: { id } }, signal })))),
    enabled: () => ids.value.length > 0,
    placeholderData: keepPreviousData,
  })
  return computed(() => (ids.value.length ? (q.data.value ?? []) : []))
}

function ruleFits(rule: GroupRule, n: OrgNode): boolean {
  const inRegion = (r: string) => (n.region_code ?? '').startsWith(r.replace(/(0000|00)$/, ''))
  const marked = { cii: n.is_cii, key: n.is_key, voluntary: n.is_voluntary }
  const any = <T>(list: T[] | undefined, hit: (v: T) => boolean | undefined) => !list?.length || list.some(hit)
  return any(rule.sectors, (c) => c === n.sector_code) && any(rule.regions, inRegion) && any(rule.levels, (c) => c === n.org_level) && any(rule.types, (c) => c === n.org_type) && any(rule.marks, (k) => marked[k])
}

/** Is the unit a member as far as one can tell from the tree that one sees? The server decides at publication. */
export function groupHas(g: { realm?: string | null; rule?: GroupRule | null; orgs?: string[]; excluded?: string[] }, n: OrgNode, byId: Map<string, OrgNode>): boolean {
  const inside = (x: OrgNode | undefined): boolean => !g.realm || (!!x && (x.id === g.realm || inside(byId.get(x.parent_id ?? ''))))
  if (n.state !== 'active' || !inside(n)) return false
  return !!g.orgs?.includes(n.id!) || (!!g.rule && !n.is_office && !g.excluded?.includes(n.id!) && ruleFits(g.rule, n))
}
