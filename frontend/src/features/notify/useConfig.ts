import { useQuery } from '@tanstack/vue-query'
import { computed } from 'vue'
import type { components } from '@/gen/api'
import { api, unwrap } from '@/shared/api'
import { labelOf, t } from '@/shared/i18n'

export type Channel = components['schemas']['Channel']
export type NoticeTemplate = components['schemas']['NoticeTemplate']
export type NotifyRule = components['schemas']['NotifyRule']
export type Quiet = components['schemas']['Quiet']
export type OutboundHost = components['schemas']['OutboundHost']
export type Delivery = components['schemas']['Delivery']

export const KINDS = ['email', 'webhook', 'sms'] as const
export const LEVELS = [1, 2, 3, 4, 0] as const
export const DUTIES = ['liaison', 'principal', 'security_leader', 'department_head', 'emergency', 'staff'] as const

export const levelName = (n: number): string => (n ? t(`shared.level.warning.${n}`) : t('notify.rule.no_level'))
/** What may be told, and the facts that a text may name: shipped, so asked for once. */
export function useEvents() {
  const q = useQuery({ queryKey: ['notice-events'], queryFn: ({ signal }) => unwrap(api.GET('/api/v1/notify/events', { signal })), staleTime: Infinity })
  const words = computed(() => new Map((q.data.value?.events ?? []).map((e) => [e.code!, e])))
  const groups = computed(() => [...new Set([...words.value.keys()].map((c) => c.split('.')[0]!))].filter((g) => !['channel', 'delivery'].includes(g)))
  /** An event, a group of them or all; one that this version has no words for by its code. */
  const name = (code?: string): string => {
    if (code === '*') return t('notify.event_any')
    if (code?.endsWith('.*')) return t('notify.event_group', { group: t(`notify.group.${code.slice(0, -2)}`) })
    return labelOf(words.value.get(code ?? '')) || (code ?? '')
  }
  const options = computed(() => [
    { value: '*', label: name('*') },
    ...groups.value.flatMap((g) => [{ value: `${g}.*`, label: name(`${g}.*`) }, ...[...words.value.keys()].filter((c) => c.startsWith(`${g}.`)).map((c) => ({ value: c, label: name(c) }))]),
  ])
  return { name, options, groups, facts: computed(() => q.data.value?.facts ?? []), events: computed(() => [...words.value.keys()]) }
}
