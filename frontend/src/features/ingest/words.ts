import type { components } from '@/gen/api'
import { t } from '@/shared/i18n'
import type { Option } from '@/shared/list/schema'

export type EventItem = components['schemas']['EventItem']
export type EventDetail = components['schemas']['EventDetail']
export type Source = components['schemas']['Source']

export const SEVERITIES = ['critical', 'high', 'medium', 'low', 'info'] as const
export const VERDICTS = ['owned', 'ambiguous', 'unowned'] as const
export const FORMATS = ['eve', 'hisec', 'generic'] as const
export const VICTIMS = ['auto', 'destination', 'source'] as const

const list = (codes: readonly string[], key: string) => (): Option[] => codes.map((c) => ({ value: c, label: t(`${key}.${c}`) }))
export const severityOptions = list(SEVERITIES, 'shared.severity')
export const verdictOptions = list(VERDICTS, 'shared.state.owner')
export const formatOptions = list(FORMATS, 'ingest.format')
export const victimOptions = list(VICTIMS, 'ingest.victim')
export const formatName = (code?: string | null) => ((FORMATS as readonly string[]).includes(code ?? '') ? t(`ingest.format.${code}`) : (code ?? '—'))

/** What was attacked: its address, or the name or URL where the source gave no address. */
export const victimOf = (e: Pick<EventItem, 'victim_ip' | 'domain' | 'url'>) => e.victim_ip || e.domain || e.url || '—'
