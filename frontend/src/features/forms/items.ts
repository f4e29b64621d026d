/** The items of a dictionary on the page: as a tree, and from a sheet. Pure. */
export interface Item { code: string; parent_code: string; label_zh: string; label_en: string; active: boolean }

/** Each item after the one that it hangs below, with its depth; one whose parent is not there, or in a circle, at the top. */
export function orderedItems(items: Item[]): { item: Item; depth: number }[] {
  const known = new Set(items.map((i) => i.code))
  const below = new Map<string, Item[]>()
  for (const i of items) {
    const up = known.has(i.parent_code) ? i.parent_code : ''
    const list = below.get(up)
    if (list) list.push(i)
    else below.set(up, [i])
  }
  const out: { item: Item; depth: number }[] = []
  const seen = new Set<Item>()
  const walk = (list: Item[], depth: number) => list.forEach((item) => {
    if (seen.has(item)) return
    seen.add(item)
    out.push({ item, depth })
    walk(below.get(item.code) ?? [], depth + 1)
  })
  walk(below.get('') ?? [], 0)
  walk(items.filter((i) => !seen.has(i)), 0)
  return out
}

const NAMES: Record<keyof Item, string[]> = {
  code: ['code', '代码'], parent_code: ['parent_code', '上级代码'], label_zh: ['label_zh', '中文名称', '名称'], label_en: ['label_en', '英文名称'], active: ['active', '启用'],
}
/** A sheet whose first row names the columns. */
export function rowsOfSheet(rows: string[][]): { items?: Item[]; problem?: 'no_header' | 'no_rows' } {
  const head = (rows[0] ?? []).map((c) => c.trim().toLowerCase())
  const at = Object.fromEntries(Object.entries(NAMES).map(([k, names]) => [k, head.findIndex((h) => names.includes(h))])) as Record<keyof Item, number>
  if (at.code < 0 || at.label_zh < 0) return { problem: 'no_header' }
  const cell = (r: string[], k: keyof Item) => (at[k] < 0 ? '' : (r[at[k]] ?? '').trim().replace(/^'(?=[=+\-@])/, ''))
  const items = rows.slice(1).filter((r) => cell(r, 'code')).map((r) => ({ code: cell(r, 'code'), parent_code: cell(r, 'parent_code'), label_zh: cell(r, 'label_zh'), label_en: cell(r, 'label_en'), active: !['0', '否', 'false', 'no'].includes(cell(r, 'active').toLowerCase()) }))
  return items.length ? { items } : { problem: 'no_rows' }
}
