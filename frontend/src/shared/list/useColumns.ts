import { computed, ref, watch } from 'vue'
import type { Column } from './schema'

interface Kept { order: string[]; off: string[] }

/**
 * Which columns show and in what order, kept on this computer per list. Columns that came later fall in at their place; what is
 * kept of columns that are not there now stays kept.
 */
export function useColumns<Row>(name: string, columns: () => Column<Row>[]) {
  const key = `tc.columns.${name}`
  function read(): Kept | null {
    try {
      return JSON.parse(localStorage.getItem(key) ?? 'null') as Kept | null
    } catch {
      return null
    }
  }
  const kept = ref(read())
  watch(kept, (k) => (k ? localStorage.setItem(key, JSON.stringify(k)) : localStorage.removeItem(key)))

  const by = computed(() => new Map(columns().map((c) => [c.key, c])))
  const now = computed<Kept>(() => {
    const known = (kept.value?.order ?? []).filter((x) => by.value.has(x))
    const fresh = columns().filter((c) => !known.includes(c.key))
    return { order: [...known, ...fresh.map((c) => c.key)], off: [...(kept.value?.off ?? []).filter((x) => known.includes(x)), ...fresh.filter((c) => c.off).map((c) => c.key)] }
  })
  function keep(next: Partial<Kept>): void {
    const elsewhere = (list: string[] | undefined) => (list ?? []).filter((x) => !by.value.has(x))
    const { order, off } = { ...now.value, ...next }
    kept.value = { order: [...order, ...elsewhere(kept.value?.order)], off: [...off, ...elsewhere(kept.value?.off)] }
  }
  const all = computed(() => now.value.order.map((k) => by.value.get(k)!))
  return {
    fixed: computed(() => all.value.filter((c) => c.fixed)),
    movable: computed(() => all.value.filter((c) => !c.fixed)),
    shown: computed(() => [...all.value.filter((c) => c.fixed), ...all.value.filter((c) => !c.fixed && !now.value.off.includes(c.key))]),
    isOn: (k: string) => !now.value.off.includes(k),
    toggle: (k: string) => keep({ off: now.value.off.includes(k) ? now.value.off.filter((x) => x !== k) : [...now.value.off, k] }),
    move(k: string, before: string | 1 | -1) {
      const order = [...now.value.order]
      const from = order.indexOf(k)
      let to = typeof before === 'string' ? order.indexOf(before) : from + before
      // A step passes over the fixed columns, which do not take part.
      while (typeof before === 'number' && by.value.get(order[to] ?? '')?.fixed) to += before
      if (to < 0 || to >= order.length) return
      order.splice(from, 1)
      order.splice(to, 0, k)
      keep({ order })
    },
    reset: () => (kept.value = null),
  }
}
