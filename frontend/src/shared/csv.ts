/** Comma-separated values (RFC 4180) for the small tables that a browser reads and writes itself. */
export function readCsv(text: string): string[][] {
  const rows: string[][] = []
  let row: string[] = [], cell = '', quoted = false
  const endRow = () => {
    row.push(cell)
    if (row.some((c) => c.trim())) rows.push(row)
    row = []
    cell = ''
  }
  const s = text.replace(/^\uFEFF/, '')
  for (let i = 0; i < s.length; i++) {
    const c = s[i]!
    if (quoted) {
      if (c !== '"') cell += c
      else if (s[i + 1] === '"') cell += s[++i]!
      else quoted = false
    } else if (c === '"' && !cell) quoted = true
    else if (c === ',') { row.push(cell); cell = '' }
    else if (c === '\n') endRow()
    else if (c !== '\r') cell += c
  }
  endRow()
  return rows
}

/** With a mark for Excel at the front; a cell that a spreadsheet would take for a formula gets a ' before it, as every export does. */
export const writeCsv = (rows: readonly (readonly string[])[]): string =>
  '\uFEFF' + rows.map((r) => r.map((c) => { const v = /^[=+\-@\t\r]/.test(c) ? `'${c}` : c; return /[",\r\n]/.test(v) ? `"${v.replaceAll('"', '""')}"` : v }).join(',')).join('\r\n') + '\r\n'

/** Hands a text to the browser as a download. */
export function saveText(name: string, text: string, type: string): void {
  const url = URL.createObjectURL(new Blob([text], { type }))
  const a = document.createElement('a')
  a.href = url
  a.download = name
  a.click()
  URL.revokeObjectURL(url)
}
