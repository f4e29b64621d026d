import type { components } from '@/gen/api'
import { isIp } from '@/shared/format'
import { t } from '@/shared/i18n'
import { tidy, type Definition, type Values } from '@/shared/form/schemaForm'

type Asset = components['schemas']['Asset']
type Address = components['schemas']['AssetAddress']
export const KINDS = ['ip', 'range', 'domain', 'url', 'mac'] as const
export interface AddressRow { kind: Address['kind']; value: string; space_id: string }

export interface AssetModel {
  org_id: string; class_code: string; category_code: string; name: string; asset_no: string; state_code: string; importance: string; network_env: string; internet_exposed: boolean
  mlps_level: string; brand: string; model: string; os_name: string; os_version: string; origin_code: string; person_id: string; room: string; remark: string
  attributes: Values; addresses: AddressRow[]
}
const TEXTS = ['category_code', 'importance', 'network_env', 'mlps_level', 'brand', 'model', 'os_name', 'os_version', 'origin_code', 'person_id', 'room', 'remark'] as const
export const LIMITS = { name: 200, brand: 80, model: 80, os_name: 80, os_version: 60, room: 120, remark: 2000 } as const
export const ADDRESSES_MAX = 50

export const emptyAsset = (): AssetModel => ({
  org_id: '', class_code: '', category_code: '', name: '', asset_no: '', state_code: '02', importance: '', network_env: '', internet_exposed: false, mlps_level: '', brand: '', model: '',
  os_name: '', os_version: '', origin_code: '', person_id: '', room: '', remark: '', attributes: {}, addresses: [{ kind: 'ip', value: '', space_id: '' }],
})

export function modelOf(a: Asset): AssetModel {
  const m = emptyAsset()
  for (const k of TEXTS) m[k] = ((a as Record<string, unknown>)[k] as string | null) ?? ''
  return {
    ...m, org_id: a.org_id ?? '', class_code: a.class_code ?? '', name: a.name ?? '', asset_no: a.asset_no ?? '', state_code: a.state_code ?? '02', internet_exposed: a.internet_exposed ?? false, person_id: a.person?.id ?? '',
    attributes: { ...(a.attributes as Values) }, addresses: (a.addresses ?? []).map((d) => ({ kind: d.kind as AddressRow['kind'], value: d.value ?? '', space_id: d.space_id ?? '' })),
  }
}

/** What is sent: empty texts as null, attributes that the class's form has and shows, address rows that say something. */
export function bodyOf(m: AssetModel, d: Definition | undefined) {
  return {
    ...(Object.fromEntries(TEXTS.map((k) => [k, m[k].trim() || null])) as Record<(typeof TEXTS)[number], string | null>),
    class_code: m.class_code, name: m.name.trim(), state_code: m.state_code, internet_exposed: m.internet_exposed,
    attributes: d ? Object.fromEntries(Object.entries(tidy(d, m.attributes)).filter(([k]) => k in d.properties)) : {},
    addresses: m.addresses.filter((d) => d.value.trim()).map((d) => ({ kind: d.kind, value: d.value.trim(), ...(d.space_id ? { space_id: d.space_id } : {}) })),
  }
}

function isRange(v: string): boolean {
  const [net, bits, ...rest] = v.split('/')
  if (bits !== undefined) return !rest.length && isIp(net!) && /^\d{1,3}$/.test(bits) && Number(bits) <= (net!.includes(':') ? 128 : 32)
  const ends = v.split('-')
  return ends.length === 2 && ends.every((e) => isIp(e.trim()))
}
const FITS: Record<AddressRow['kind'], (v: string) => boolean> = {
  ip: isIp,
  range: isRange,
  domain: (v) => v.length <= 253 && /^([a-z0-9_]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}\.?$/i.test(v),
  url: (v) => /^https?:\/\/[^\s/]+/i.test(v),
  mac: (v) => /^([0-9a-f]{2}[:-]?){5}[0-9a-f]{2}$/i.test(v),
}
/** What is wrong with one row, in words; empty rows are nothing. */
export function addressProblem(rows: readonly AddressRow[], i: number): string {
  const v = rows[i]!.value.trim()
  if (!v) return ''
  if (!FITS[rows[i]!.kind](v)) return t('assets.form.bad_address', { value: v, kind: t(`assets.kind.${rows[i]!.kind}`) })
  return rows.some((d, k) => k < i && d.value.trim().toLowerCase() === v.toLowerCase()) ? t('assets.form.twice', { value: v }) : ''
}
export function addressesProblem(rows: readonly AddressRow[]): string | undefined {
  for (let i = 0; i < rows.length; i++) {
    const p = addressProblem(rows, i)
    if (p) return t('assets.form.in_row', { n: i + 1, problem: p })
  }
  return rows.length > ADDRESSES_MAX ? t('assets.form.too_many', { max: ADDRESSES_MAX }) : undefined
}
