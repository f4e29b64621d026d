/** Hands a text to the browser as a download. */
export function saveText(name: string, text: string, type: string): void {
  const url = URL.createObjectURL(new Blob([text], { type }))
  saveUrl(name, url)
  URL.revokeObjectURL(url)
}

export function saveUrl(name: string, url: string): void {
  const a = document.createElement('a')
  a.href = url
  a.download = name
  a.click()
}

/** A cell that a spreadsheet would take for a formula is written as the server writes it (backend/src/sheet/sheet.h). */
const cell = (v: string | number): string => {
  const s = typeof v === 'number' ? String(v) : /^'*[=+\-@\t\r]/.test(v) ? `'${v}` : v
  return /[",;\t\r\n]|^ | $/.test(s) ? `"${s.replaceAll('"', '""')}"` : s
}
export function saveTable(name: string, head: readonly string[], rows: readonly (readonly (string | number)[])[]): void {
  saveText(`${name}.csv`, `\uFEFF${[head, ...rows].map((r) => r.map(cell).join(',')).join('\r\n')}\r\n`, 'text/csv;charset=utf-8')
}
