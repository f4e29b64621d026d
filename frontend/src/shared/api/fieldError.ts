import { formatNumber } from '../format'
import { i18n, t } from '../i18n'
import type { FieldError } from './problem'

const holes = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map((m) => m[1]!)

/** What the sentence speaks of, in the reader's language: kinds and formats by their names, figures with separators. */
function paramsOf(e: FieldError): Record<string, string> {
  const named = (table: string, v: string) => (i18n.global.te(`shared.rule.${table}.${v}`) ? t(`shared.rule.${table}.${v}`) : v)
  return Object.fromEntries(Object.entries(e.params ?? {}).map(([k, v]) => {
    if (typeof v === 'number') return [k, formatNumber(v)]
    const text = String(v)
    if (k === 'type') return [k, text.split(' or ').filter((x) => x !== 'null').map((x) => named('type_name', x)).join(t('shared.rule.or'))]
    return [k, k === 'format' ? named('format_name', text) : text]
  }))
}

/**
 * A refused field in words: the catalogue's sentence for the code at this field (`shared.rule.at.<field>.<code>`), else the code's
 * own (`shared.rule.say.<code>`), with the limits that came along; what the server says where neither can be said.
 */
export function sayField(e: FieldError): string {
  const params = paramsOf(e)
  const field = e.field.split(/[/.]/).filter((x) => x && !/^\d+$/.test(x)).at(-1) ?? ''
  // "At least one" is what people call required; a limit that is itself not allowed reads differently.
  const code = e.code.startsWith('min_') && e.params?.limit === 1 ? 'required' : params.exclusive !== undefined ? `${e.code}_exclusive` : e.code
  const keys = [`shared.rule.at.${field}.${code}`, `shared.rule.say.${code}`, `shared.rule.bare.${code}`]
  const key = keys.find((k) => i18n.global.te(k) && holes(String(i18n.global.tm(k))).every((h) => h in params))
  return key ? t(key, params) : e.message
}

/** All refused fields in one line, for places that have no form. */
export const sayFields = (errors: readonly FieldError[]): string => errors.map(sayField).filter(Boolean).join(' ')
