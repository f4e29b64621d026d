import type { components, paths } from '@/gen/api'
import { api, unwrap } from '@/shared/api'
import { formatNumber, formatTime } from '@/shared/format'
import { t } from '@/shared/i18n'
import { mustAskAddress } from '@/shared/list/checks'
import type { Column, FilterField, ListSchema } from '@/shared/list/schema'

export type Host = components['schemas']['Host']
type Query = paths['/api/v1/discoveries/hosts']['get']['parameters']['query']

const COLUMNS: Record<string, Column<Host>> = {
  address: { key: 'address', label: 'discovery.host.address', fixed: true, mono: true, width: '170px' },
  hostnames: { key: 'hostnames', label: 'discovery.host.names', text: (h) => (h.hostnames ?? []).join(t('shared.comma')) },
  os: { key: 'os', label: 'discovery.host.os' },
  services: { key: 'service_count', label: 'discovery.host.services', width: '92px', align: 'right', text: (h) => formatNumber(h.service_count ?? 0) },
  verdict: { key: 'verdict', label: 'discovery.host.verdict', width: '112px' },
  confidence: { key: 'confidence', label: 'discovery.host.confidence', width: '104px' },
  org: { key: 'org_name', label: 'discovery.host.org' },
  asset: { key: 'asset_name', label: 'discovery.host.asset' },
  space: { key: 'space_name', label: 'discovery.host.space', width: '130px' },
  mac: { key: 'mac', label: 'discovery.host.mac', width: '150px', mono: true, off: true },
  first: { key: 'first_seen_at', label: 'discovery.host.first', width: '124px', text: (h) => formatTime(h.first_seen_at) },
  last: { key: 'last_seen_at', label: 'discovery.host.last', width: '124px', text: (h) => formatTime(h.last_seen_at) },
}
const pick = (...names: string[]) => names.map((n) => COLUMNS[n]!)
const search: FilterField = { key: 'q', label: 'discovery.host.address', kind: 'text', placeholder: 'discovery.host.search' }
const scan: FilterField = { key: 'discovery', label: 'discovery.host.scan', kind: 'text', hidden: true, say: (id) => id.slice(-8) }

const base = {
  unit: 'discovery.host.unit',
  rowKey: (h: Host) => h.id!,
  rowName: (h: Host) => [h.address, ...(h.hostnames ?? [])].join(' '),
  open: (h: Host) => ({ name: 'host', params: { id: h.id! } }),
}

export function hostSchema(): ListSchema<Host> {
  return {
    ...base,
    name: 'hosts',
    title: 'discovery.host.title',
    noun: 'discovery.host.noun',
    load: (params, signal) => unwrap(api.GET('/api/v1/discoveries/hosts', { params: { query: mustAskAddress(params) as Query }, signal })),
    filters: [search, { key: 'verdict', label: 'discovery.host.verdict', kind: 'select', options: () => ['owned', 'ambiguous', 'unowned'].map((v) => ({ value: v, label: t(`shared.state.owner.${v}`) })) }, { key: 'owned', label: 'discovery.host.owned', kind: 'bool' }, { key: 'matched', label: 'discovery.host.matched', kind: 'bool' }, { key: 'org', label: 'discovery.host.org', kind: 'org' }, { key: 'address', label: 'discovery.host.exact', kind: 'text' }, scan],
    columns: [...pick('address', 'hostnames', 'os', 'services', 'verdict', 'org', 'asset', 'space'), { ...COLUMNS.first!, off: true }, ...pick('last', 'mac')],
  }
}

/** Hosts that nobody owns: the same list with one condition that cannot be removed. */
export function unownedSchema(): ListSchema<Host> {
  return {
    ...base,
    name: 'unowned',
    title: 'discovery.unowned.title',
    noun: 'discovery.unowned.noun',
    load: (params, signal) => unwrap(api.GET('/api/v1/discoveries/hosts', { params: { query: { ...mustAskAddress(params), owned: false } as Query }, signal })),
    filters: [search, { key: 'address', label: 'discovery.host.exact', kind: 'text' }, scan],
    columns: pick('address', 'hostnames', 'os', 'services', 'verdict', 'space', 'first', 'last', 'mac'),
  }
}
