import { createI18n } from 'vue-i18n'

export const LOCALES = ['zh-CN', 'en'] as const
export type Locale = (typeof LOCALES)[number]

type Tree = { [key: string]: string | Tree }

/**
 * Catalogues lie beside the code they speak for: `features/<x>/<x>.zh-CN.json` and `.en.json`. The file's first word
 * is the name under which its keys are reached: `assets.list.title`. A unit test holds the key sets of both equal.
 */
const files = import.meta.glob<Tree>('../../**/*.{zh-CN,en}.json', { eager: true, import: 'default' })

function collect(locale: Locale): Tree {
  const all: Tree = {}
  for (const [path, tree] of Object.entries(files)) {
    const [name, tongue] = path.slice(path.lastIndexOf('/') + 1).split('.')
    if (tongue === locale) all[name!] = tree
  }
  return all
}

const STORE = 'tc.locale'

function initial(): Locale {
  const kept = localStorage.getItem(STORE)
  return LOCALES.find((l) => l === kept) ?? 'zh-CN'
}

export const i18n = createI18n({
  legacy: false,
  locale: initial(),
  fallbackLocale: 'zh-CN',
  messages: { 'zh-CN': collect('zh-CN'), en: collect('en') } as Record<string, Record<string, string>>,
})

document.documentElement.lang = initial()

export function currentLocale(): Locale {
  return i18n.global.locale.value as Locale
}

export function setLocale(locale: Locale): void {
  i18n.global.locale.value = locale
  localStorage.setItem(STORE, locale)
  document.documentElement.lang = locale
}

/** For code outside components; inside them use `useI18n`. */
/** Does the catalogue have these words? */
export function te(key: string): boolean {
  return i18n.global.te(key)
}
export function t(key: string, named: Record<string, unknown> = {}): string {
  return i18n.global.t(key, named)
}

/** The words of a form's hint `{zh, en}`; what users type may have one language only. */
export const wordsOf = (w: { zh: string; en?: string | null } | undefined): string => (w ? (currentLocale() === 'en' && w.en) || w.zh : '')

/** Picks the language of shipped data: `label_zh`/`label_en`, or any pair of that shape. */
export function labelOf(row: { label_zh?: string | null; label_en?: string | null } | null | undefined): string {
  if (!row) return ''
  return (currentLocale() === 'en' ? row.label_en || row.label_zh : row.label_zh || row.label_en) ?? ''
}
