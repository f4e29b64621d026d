import { labelOf } from '@/shared/i18n'

export interface Category { code?: string; parent_code?: string | null; label_zh?: string; label_en?: string }
export type Branch = { value: string; label: string; children?: Branch[] }

/** The categories of a class, flat as the catalogue sends them, as a tree; one whose parent is missing is a root. */
export function categoryTree(list: Category[]): Branch[] {
  const by = new Map(list.map((c) => [c.code ?? '', { value: c.code ?? '', label: labelOf(c) } as Branch]))
  const roots: Branch[] = []
  for (const c of list) {
    const parent = c.parent_code ? by.get(c.parent_code) : undefined
    const branch = by.get(c.code ?? '')!
    if (parent) (parent.children ??= []).push(branch)
    else roots.push(branch)
  }
  return roots
}
