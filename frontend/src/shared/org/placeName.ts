import { currentLocale } from '../i18n'

/** A region as tables and rankings say it: 红河州, not 红河哈尼族彝族自治州; 昆明市; Honghe. */
export function placeName(r: { name_zh?: string; name_en?: string; short_zh?: string }): string {
  if (currentLocale() === 'en' && r.name_en) return r.name_en
  const name = r.name_zh ?? ''
  return r.short_zh && name.endsWith('自治州') ? `${r.short_zh}州` : name
}
