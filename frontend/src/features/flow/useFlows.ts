import { useQuery } from '@tanstack/vue-query'
import { computed } from 'vue'
import type { components } from '@/gen/api'
import { api, unwrap } from '@/shared/api'
import { labelOf, t, te } from '@/shared/i18n'
import type { FlowNode, NodeType } from './bpmn'

export type FlowKind = components['schemas']['FlowKind']
export type FlowItem = components['schemas']['FlowItem']
export type FlowRecord = components['schemas']['Flow']
export type FlowInstance = components['schemas']['FlowInstance']
export type FlowSeat = components['schemas']['FlowSeat']

export function useFlowKinds() {
  const q = useQuery({ queryKey: ['flow-kinds'], queryFn: ({ signal }) => unwrap(api.GET('/api/v1/flows/kinds', { signal })), staleTime: 600_000 })
  const kinds = computed(() => q.data.value?.items ?? [])
  const kindOf = (kind?: string) => kinds.value.find((k) => k.kind === kind)
  return { kinds, kindOf, kindName: (kind?: string) => labelOf(kindOf(kind)) || kind || '' }
}

const word = (key: string, code: string) => (te(key) ? t(key) : code)
export const outcomeName = (o: string) => word(`flow.outcome.${o}`, o)
export const resultName = (r: string) => word(`flow.result.${r}`, r)
export const typeName = (type: NodeType, n?: FlowNode) => t(`flow.type.${type === 'timer' ? (n?.interrupts === false ? 'remind' : 'late') : type}`)
export const titleOf = (n: FlowNode) => n.name || typeName(n.type, n)
