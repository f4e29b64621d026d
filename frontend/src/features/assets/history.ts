import { t } from '@/shared/i18n'
import type { Catalogue } from './useCatalogue'

type Kept = Record<string, unknown> | null | undefined
export interface Change { key: string; label: string; before: string; after: string }

const LISTS: Record<string, string> = { state_code: 'asset_state', importance: 'importance', network_env: 'network_env', mlps_level: 'mlps_level', origin_code: 'origin' }
const LABELS: Record<string, string> = {
  asset_no: 'no', class_code: 'class', category_code: 'category', name: 'name', state_code: 'state', importance: 'importance', network_env: 'network', internet_exposed: 'exposed', mlps_level: 'mlps',
  brand: 'brand_only', model: 'model', os_name: 'os', os_version: 'os_version', origin_code: 'origin', person_id: 'person', room: 'room', remark: 'remark', addresses: 'address',
}
const same = (a: unknown, b: unknown) => JSON.stringify(a ?? null) === JSON.stringify(b ?? null)

function say(c: Catalogue, key: string, v: unknown, record: Kept): string {
  if (v === undefined || v === null || v === '') return '—'
  if (typeof v === 'boolean') return t(v ? 'shared.list.yes' : 'shared.list.no')
  if (Array.isArray(v)) return v.join(t('shared.comma'))
  if (key === 'class_code') return c.className(String(v)) || String(v)
  if (key === 'category_code') return c.categoryName(String(record?.class_code ?? ''), String(v)) || String(v)
  const list = LISTS[key]
  return (list && c.word(list, String(v))) || String(v)
}

/** What one entry of the history changed, field by field, attributes by their own names. */
export function changesOf(c: Catalogue, before: Kept, after: Kept): Change[] {
  if (!before || !after) return []
  const out: Change[] = []
  for (const key of Object.keys(LABELS))
    if (!same(before[key], after[key])) {
      // A person stands there by id; that it changed is what can be said.
      const id = key === 'person_id'
      out.push({ key, label: t(`assets.field.${LABELS[key]}`), before: id ? (before[key] ? '…' : '—') : say(c, key, before[key], before), after: id ? (after[key] ? '…' : '—') : say(c, key, after[key], after) })
    }
  const [a, b] = [(before.attributes ?? {}) as Record<string, unknown>, (after.attributes ?? {}) as Record<string, unknown>]
  for (const key of [...new Set([...Object.keys(a), ...Object.keys(b)])])
    if (!same(a[key], b[key])) out.push({ key: `attributes.${key}`, label: c.attribute(String(after.class_code ?? ''), key, b[key]).label, before: c.attribute(String(before.class_code ?? ''), key, a[key]).value || '—', after: c.attribute(String(after.class_code ?? ''), key, b[key]).value || '—' })
  return out
}

/** The relation that an entry speaks of, from the asset's own end. */
export function relationOf(id: string, before: Kept, after: Kept): { kind: string; back: boolean; name: string } | undefined {
  const r = (after ?? before) as Record<string, string> | null | undefined
  if (!r?.kind || !r.from_id || !r.to_id) return undefined
  const back = r.to_id === id
  return { kind: r.kind, back, name: (back ? r.from_name : r.to_name) ?? '' }
}

/** Why it was removed, when somebody said so. */
export function reasonOf(after: Kept): string {
  const reason = after?.reason
  return reason === 'import undone' ? t('assets.history_undone') : typeof reason === 'string' ? reason : ''
}
