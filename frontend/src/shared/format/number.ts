import { t } from '../i18n'

/** Thousands separated, a true minus sign; — for nothing. Both languages group alike. */
export function formatNumber(n: number | null | undefined, digits?: number): string {
  if (n === null || n === undefined || Number.isNaN(n)) return '—'
  const s = Math.abs(n).toLocaleString('en-US', digits === undefined ? {} : { minimumFractionDigits: digits, maximumFractionDigits: digits })
  return n < 0 ? `−${s}` : s
}

/** A share of 1 as `94.2`; the unit is printed apart. */
export function formatPercent(share: number | null | undefined, digits = 1): string {
  return share === null || share === undefined ? '—' : formatNumber(share * 100, digits)
}

/** With its sign, for changes and weights: `+5`, `−2`, `0`. */
export function formatSigned(n: number, digits?: number): string {
  return n > 0 ? `+${formatNumber(n, digits)}` : formatNumber(n, digits)
}

/** A list's total: exact, or 「10,000 以上」 when the server stopped counting. */
export function formatTotal(total: number, more?: boolean): string {
  return more ? t('shared.list.total_more', { n: formatNumber(total) }) : formatNumber(total)
}

export function formatBytes(n: number): string {
  if (n < 1024) return `${n} B`
  if (n < 1024 * 1024) return `${(n / 1024).toFixed(n < 10240 ? 1 : 0)} KB`
  return `${(n / 1024 / 1024).toFixed(1)} MB`
}
