import type { components } from '@/gen/api'
import { t } from '@/shared/i18n'
import type { usePlaces } from './usePlaces'

export type Responsibility = components['schemas']['Responsibility']
export type Holder = components['schemas']['Holder']
export type MappedUnit = components['schemas']['MappedUnit']
export const KINDS = ['supervise', 'charge', 'subject'] as const
export const OFFICES = ['none', 'inspection', 'review', 'emergency'] as const
export const kindName = (k?: string) => t(`org.duty_map.kind.${k ?? 'supervise'}`)
export const officeName = (o?: string) => t(`org.duty_map.office.${o ?? 'none'}`)

/** For what: each part named, all of which must hold of a unit. */
export function targetWords(sector: string | null | undefined, region: string | null | undefined, org: string | null | undefined, places: ReturnType<typeof usePlaces>): string {
  const parts = []
  if (org) parts.push(t('org.duty_map.for_unit', { name: org }))
  if (region) parts.push(places.regionName(region))
  if (sector) parts.push(t('org.duty_map.for_sector', { name: places.sectorName(sector) }))
  return parts.join(t('org.duty_map.in'))
}
