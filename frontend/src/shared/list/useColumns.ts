import { computed, ref, watch } from 'vue'
import type { Column } from './schema'

interface Kept { order: string[]; off: string[] }

/** Which columns show and in what order, kept on this computer per list. Columns that came later fall in at their place. */
export function useColumns<Row>(name: string, columns: Column<Row>[]) {
  const key = `tc.columns.${name}`
  const first: Kept = { order: columns.map((c) => c.key), off: columns.filter((c) => c.off).map((c) => c.key) }
  function read(): Kept {
    try {
      const k = JSON.parse(localStorage.getItem(key) ?? 'null') as Kept | null
      if (!k) return { ...first }
      const known = k.order.filter((x) => first.order.includes(x))
      const fresh = first.order.filter((x) => !known.includes(x))
      return { order: [...known, ...fresh], off: [...k.off.filter((x) => known.includes(x)), ...fresh.filter((x) => first.off.includes(x))] }
    } catch {
      return { ...first }
    }
  }
  const kept = ref(read())
  watch(kept, (k) => localStorage.setItem(key, JSON.stringify(k)), { deep: true })

  const by = new Map(columns.map((c) => [c.key, c]))
  const all = computed(() => kept.value.order.map((k) => by.get(k)!))
  return {
    fixed: computed(() => all.value.filter((c) => c.fixed)),
    movable: computed(() => all.value.filter((c) => !c.fixed)),
    shown: computed(() => [...all.value.filter((c) => c.fixed), ...all.value.filter((c) => !c.fixed && !kept.value.off.includes(c.key))]),
    isOn: (k: string) => !kept.value.off.includes(k),
    toggle: (k: string) => (kept.value.off = kept.value.off.includes(k) ? kept.value.off.filter((x) => x !== k) : [...kept.value.off, k]),
    move(k: string, before: string | 1 | -1) {
      const order = [...kept.value.order]
      const from = order.indexOf(k)
      let to = typeof before === 'string' ? order.indexOf(before) : from + before
      // A step passes over the fixed columns, which do not take part.
      while (typeof before === 'number' && by.get(order[to] ?? '')?.fixed) to += before
      if (to < 0 || to >= order.length) return
      order.splice(from, 1)
      order.splice(to, 0, k)
      kept.value = { ...kept.value, order }
    },
    reset: () => (kept.value = { ...first }),
  }
}
