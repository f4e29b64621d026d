/** One field of a record before and after. */
export interface Change {
  field: string
  before: string
  after: string
  changed: boolean
}

const say = (v: unknown): string => (v === undefined || v === null ? '' : typeof v === 'string' ? v : JSON.stringify(v))

/** The fields of both sides in the order in which they come, what changed first. */
export function changes(before: unknown, after: unknown): Change[] {
  const a = (before ?? {}) as Record<string, unknown>
  const b = (after ?? {}) as Record<string, unknown>
  const fields = [...new Set([...Object.keys(a), ...Object.keys(b)])]
  const all = fields.map((field) => ({ field, before: say(a[field]), after: say(b[field]), changed: say(a[field]) !== say(b[field]) }))
  return [...all.filter((c) => c.changed), ...all.filter((c) => !c.changed)]
}
