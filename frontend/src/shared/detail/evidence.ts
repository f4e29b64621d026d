import type { components } from '@/gen/api'
import { formatFull } from '../format'
import { i18n, t } from '../i18n'

export type Ownership = components['schemas']['Ownership']
export type Evidence = NonNullable<Ownership['evidence']>[number]

/** From this confidence on nobody needs to confirm. */
export const CONFIRMED = 85

const text = (v: unknown): string => (typeof v === 'string' || typeof v === 'number' ? String(v) : '')

/**
 * A piece of evidence as a sentence: its statement's words with the parameters in them, then what narrows it down. An organisation
 * outside the reader's scope comes without its name and without what it registered.
 */
export function sayEvidence(e: Evidence): string {
  const p = (e.params ?? {}) as Record<string, unknown>
  const key = `shared.evidence.say.${e.statement}`
  if (!i18n.global.te(key)) return e.statement ?? ''
  const words = t(key, { org: e.org_name || t('shared.evidence.outside'), value: text(p.value) }).replace(/ {2,}/g, ' ')
  const more = [
    e.asset_name && t('shared.evidence.more.asset', { name: e.asset_name }),
    text(p.valid_from) && t('shared.evidence.more.from', { time: formatFull(text(p.valid_from)) }),
    text(p.valid_to) && t('shared.evidence.more.to', { time: formatFull(text(p.valid_to)) }),
  ].filter(Boolean)
  return more.length ? t('shared.evidence.narrowed', { words, more: more.join(t('shared.comma')) }) : words
}

/** Which register spoke; where the claim came from says more than its kind. */
export function tagEvidence(e: Evidence): string {
  const origin = `shared.evidence.origin.${text((e.params as Record<string, unknown> | undefined)?.source)}`
  if (i18n.global.te(origin)) return t(origin)
  const kind = `shared.evidence.kind.${e.kind}`
  return i18n.global.te(kind) ? t(kind) : t('shared.evidence.kind.remark')
}

/** How many pieces speak for the conclusion, against it, and only explain. */
export function countEvidence(o: Ownership): { all: number; for: number; against: number } {
  const list = o.evidence ?? []
  return { all: list.length, for: list.filter((e) => (e.weight ?? 0) > 0).length, against: list.filter((e) => (e.weight ?? 0) < 0).length }
}

/** The conclusion in words. Owned below the threshold says so: a person should look. */
export function concludeOwnership(o: Ownership, threshold = CONFIRMED): { who: string; verdict: string } {
  const verdict = o.verdict ?? 'unowned'
  const candidates = o.candidates?.length ?? 0
  return {
    who: o.org_name || (verdict === 'owned' ? t('shared.evidence.outside') : candidates > 1 ? t('shared.evidence.several', { n: candidates }) : t('shared.evidence.unknown')),
    verdict: t(verdict === 'owned' && (o.confidence ?? 0) < threshold ? 'shared.evidence.verdict.weak' : `shared.evidence.verdict.${verdict}`),
  }
}
