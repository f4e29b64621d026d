/** Chart colours read from the tokens, so that a canvas speaks the same as the page. */
export function token(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(`--tc-${name}`).trim()
}
export const categories = () => Array.from({ length: 8 }, (_, i) => token(`c${i + 1}`))
export const amounts = () => Array.from({ length: 6 }, (_, i) => token(`amount-${i + 1}`))
export const levels = () => [1, 2, 3, 4].map((n) => token(`l${n}`))
export const SANS = "Inter, 'Noto Sans CJK SC', 'Source Han Sans SC', 'PingFang SC', 'Microsoft YaHei', sans-serif"
