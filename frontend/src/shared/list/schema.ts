import type { RouteLocationRaw } from 'vue-router'
import type { MaybeRefOrGetter } from 'vue'
import type { StateShape } from '../ui/states'

export interface Option { value: string; label: string }

/** One filter. It lives in the URL under `key`, which is the name of the list route's query parameter. */
export interface FilterField {
  key: string
  /** Message key; `said` stands in its place where the name is data. */
  label: string
  said?: string
  /** range and dates hold "from..to", either end may be absent; a range is of numbers. */
  kind: 'text' | 'select' | 'multi' | 'org' | 'bool' | 'date' | 'datetime' | 'range' | 'dates'
  options?: MaybeRefOrGetter<Option[]>
  placeholder?: string
  /** Not shown as a field: set by a tree or a drill-down, still a chip. `say` turns its value into words. */
  hidden?: boolean
  say?: (value: string) => string
}

export interface Column<Row> {
  key: string
  label: string
  said?: string
  /** CSS width, e.g. '120px'; columns without share the rest. */
  width?: string
  /** Always shown, first. Normally the record's name, which opens it. */
  fixed?: boolean
  /** Off until switched on in the column settings. */
  off?: boolean
  /** The server's name for sorting by this column; the URL holds `sort=name` or `sort=-name`. */
  sort?: string
  align?: 'right'
  mono?: boolean
  /** What to print. A slot `cell-<key>` takes its place; without both, `row[key]`. */
  text?: (row: Row) => string | number | null | undefined
}

export interface ListAnswer<Row> {
  items?: Row[]
  total?: number
  total_more?: boolean
  page?: number
  size?: number
}

/** The two ends of a range. */
export const endsOf = (v: string | undefined): [string, string] => {
  const at = (v ?? '').indexOf('..')
  return at < 0 ? ['', ''] : [v!.slice(0, at), v!.slice(at + 2)]
}

/** What `load` gets: the page, the order and the filters, as the URL says. Pass it on as the route's query. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- each route types its own query; this is their common carrier
export type ListParams = { page: number; size: number; sort?: string } & Record<string, any>

/**
 * A list page as data. `assets.schema.ts` exports one; the page is `<ListPage :schema="schema">` with slots for what is
 * special: `actions` (buttons, primary last), `aside` (class tree), `bulk` (for the selection), `cell-<key>`.
 */
export interface ListSchema<Row> {
  /** Keeps the column settings and the cache apart. */
  name: string
  /** Message keys: the page's title; the noun in 「没有符合条件的资产」; the measure word beside the total. */
  title: string
  noun: string
  unit?: string
  rowKey: (row: Row) => string
  /** The row in words, for those who do not see it. */
  rowName: (row: Row) => string
  columns: Column<Row>[]
  filters: FilterField[]
  /** How many filters stand open; the rest under 「展开 n 项」. */
  openFilters?: number
  load: (params: ListParams, signal: AbortSignal) => Promise<ListAnswer<Row>>
  sort?: string
  size?: number
  open?: (row: Row) => RouteLocationRaw
  selectable?: boolean
  /** Refresh by itself (5 s, 30 s hidden): to-do lists and running things. */
  poll?: boolean
  tone?: (row: Row) => StateShape | undefined
}
