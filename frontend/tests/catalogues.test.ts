import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'

type Tree = { [key: string]: string | Tree }
const root = join(import.meta.dirname, '../src')
const files = readdirSync(root, { recursive: true, encoding: 'utf8' })
const zh = files.filter((f) => f.endsWith('.zh-CN.json'))
const en = files.filter((f) => f.endsWith('.en.json'))

function flat(tree: Tree, at = ''): Map<string, string> {
  const all = new Map<string, string>()
  for (const [k, v] of Object.entries(tree)) {
    if (typeof v === 'string') all.set(at + k, v)
    else for (const [kk, vv] of flat(v, `${at}${k}.`)) all.set(kk, vv)
  }
  return all
}
const read = (f: string) => flat(JSON.parse(readFileSync(join(root, f), 'utf8')))
const holes = (s: string) => [...s.matchAll(/\{(\w+)\}/g)].map((m) => m[1]).sort()

describe('catalogues', () => {
  it('come in pairs', () => {
    expect(en.map((f) => f.replace('.en.json', '')).sort()).toEqual(zh.map((f) => f.replace('.zh-CN.json', '')).sort())
    expect(zh.length).toBeGreaterThan(1)
  })
  it.each(zh)('%s has the keys and the holes of its English twin', (f) => {
    const a = read(f)
    const b = read(f.replace('.zh-CN.json', '.en.json'))
    expect([...b.keys()].sort()).toEqual([...a.keys()].sort())
    for (const [k, v] of a) expect(holes(b.get(k)!), k).toEqual(holes(v))
  })
  it('every key that the source names literally exists', () => {
    const known = new Set<string>()
    for (const f of zh) for (const k of read(f).keys()) known.add(`${f.slice(f.lastIndexOf('/') + 1).split('.')[0]}.${k}`)
    const missing: string[] = []
    for (const f of files.filter((x) => /\.(vue|ts)$/.test(x) && !x.startsWith('gen'))) {
      const text = readFileSync(join(root, f), 'utf8')
      const named = [...text.matchAll(/\bt\('([a-z_]+\.[\w.]+)'/g), ...text.matchAll(/\b(?:label|title|noun|unit|placeholder): '([a-z_]+\.[\w.]+)'/g)]
      for (const m of named) if (!known.has(m[1]!)) missing.push(`${f}: ${m[1]}`)
    }
    expect(missing).toEqual([])
  })
  it('every permission of the contract and of the shipped roles has its words', () => {
    const texts = [...readdirSync(join(root, '../../backend/api')).map((f) => `../../backend/api/${f}`), '../../backend/packs/roles.json'].map((f) => readFileSync(join(root, f), 'utf8')).join('\n')
    const used = new Set([...texts.matchAll(/x-perm(?:-more)?: *\[?([\w., ]+)|"([a-z]+\.[a-z]+)"/g)].flatMap((m) => (m[1] ?? m[2]!).split(/[, ]+/)).filter((p) => p.includes('.')))
    const known = read('features/access/access.zh-CN.json')
    expect(used.size).toBeGreaterThan(30)
    expect([...used].filter((p) => !known.has(`object.${p.split('.')[0]}`) || !known.has(`act.${p.split('.')[1]}`))).toEqual([])
  })
})
