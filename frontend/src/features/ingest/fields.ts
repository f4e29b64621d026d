export interface FieldLine { path: string; value: string }

const TOKEN = /"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*/g

/** The record in a line of JSON, numbers kept as the text they were: an id of 64 bits does not fit a number here. Undefined when it is none. */
export function parseLine(line: string): unknown {
  try {
    JSON.parse(line)
    return JSON.parse(line.replace(TOKEN, (t) => (t.startsWith('"') ? t : `"${t}"`)))
  } catch {
    return undefined
  }
}

/** A record, one line a value: `alert.signature_id` 2210000, `dns.answers[0].rrname` …. Lists of plain values stay together. */
export function flattenFields(record: unknown, path = ''): FieldLine[] {
  if (record === null || typeof record !== 'object') return [{ path, value: record === null || record === undefined ? '' : String(record) }]
  if (Array.isArray(record)) {
    if (record.every((v) => v === null || typeof v !== 'object')) return [{ path, value: record.map((v) => String(v ?? '')).join(', ') }]
    return record.flatMap((v, i) => flattenFields(v, `${path}[${i}]`))
  }
  return Object.entries(record).flatMap(([k, v]) => flattenFields(v, path ? `${path}.${k}` : k))
}
