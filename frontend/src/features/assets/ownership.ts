import type { components } from '@/gen/api'

export type Address = NonNullable<components['schemas']['Asset']['addresses']>[number]
type Question = { address: string } | { domain: string } | { url: string }

/** The question of `/ownership` that an address of an asset is; none for a range, which holds many, and for a MAC, which says nothing. */
export function askable(d: Pick<Address, 'kind' | 'value' | 'space_id'>): (Question & { space?: string }) | undefined {
  const value = d.value ?? ''
  const what = { ip: { address: value }, domain: { domain: value }, url: { url: value } }[d.kind as string]
  return what && value ? { ...what, ...(d.space_id ? { space: d.space_id } : {}) } : undefined
}
