/** The items of a dictionary on the page, as a tree. Pure. */
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
