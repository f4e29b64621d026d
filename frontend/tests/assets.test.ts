import { describe, expect, it } from 'vitest'
import { addressesProblem, bodyOf, emptyAsset, modelOf } from '@/features/assets/asset.form'
import { isIp } from '@/shared/format'
import { assetSchema, queryOf } from '@/features/assets/asset.schema'
import { changesOf, reasonOf } from '@/features/assets/history'
import type { Catalogue } from '@/features/assets/useCatalogue'
import { branchesOf, fieldsOf, schemaRules, wordOf, type Definition, type Property, type Values } from '@/shared/form/schemaForm'
import { fileNameOf } from '@/shared/api'
import { passed } from '@/shared/ui/tasks'

const definition: Definition = {
  properties: {
    mem_gb: { type: 'number', 'x-widget': 'number', 'x-label': { zh: '内存 GB', en: 'Memory GB' } },
    sn: { type: 'string', 'x-widget': 'text', 'x-label': { zh: '序列号', en: 'Serial' }, maxLength: 5 },
  },
  required: ['sn'],
}

describe('the asset form', () => {
  it('knows addresses from slips of the pen', () => {
    for (const good of ['10.0.0.1', '255.255.255.255', '::', '::1', '2001:db8::1', '1:2:3:4:5:6:7:8', '::ffff:10.0.0.1']) expect(isIp(good), good).toBe(true)
    for (const bad of ['10.0.0.256', '10.0.0', '10.0.0.01', '1:2:3', '1::2::3', 'g::1', '', '1:2:3:4:5:6:7:8:9', '10.0.0.1 ']) expect(isIp(bad), bad).toBe(false)
  })
  it('names the wrong row and lets empty ones be', () => {
    const row = (kind: 'ip' | 'range' | 'mac', value: string) => ({ kind, value, space_id: '' })
    expect(addressesProblem([row('ip', '10.0.0.1'), row('ip', ''), row('range', '10.0.0.0/24'), row('mac', '68:05:CA:4E:91:2F')])).toBeUndefined()
    expect(addressesProblem([row('ip', '10.0.0.1'), row('ip', '10.0.0.300')])).toContain('2')
    expect(addressesProblem([row('ip', '10.0.0.1'), row('ip', '10.0.0.1')])).toContain('10.0.0.1')
    expect(addressesProblem([row('range', '10.0.0.0/33')])).toBeTruthy()
  })
  it('sends what is filled in, and only attributes of the class', () => {
    const m = { ...emptyAsset(), class_code: 'hardware', name: ' 机器 ', room: '  ', attributes: { mem_gb: 64, other: 'x', sn: '' }, addresses: [{ kind: 'ip' as const, value: ' 10.0.0.1 ', space_id: '' }, { kind: 'ip' as const, value: '', space_id: '' }] }
    expect(bodyOf(m, definition)).toMatchObject({ name: '机器', room: null, attributes: { mem_gb: 64 }, addresses: [{ kind: 'ip', value: '10.0.0.1' }] })
    expect(bodyOf(m, definition).attributes).not.toHaveProperty('other')
    expect(bodyOf(m, definition).addresses).toHaveLength(1)
  })
  it('reads a record and sends the same', () => {
    const a = { id: '1', org_id: 'o', class_code: 'hardware', name: '机器', state_code: '02', internet_exposed: true, importance: null, attributes: { mem_gb: 8 }, addresses: [{ kind: 'ip', value: '10.0.0.1', space_id: 's' }], person: { id: 'p', name: '李文秀' } }
    expect(bodyOf(modelOf(a as never), definition)).toMatchObject({ name: '机器', importance: null, internet_exposed: true, person_id: 'p', attributes: { mem_gb: 8 }, addresses: [{ kind: 'ip', value: '10.0.0.1', space_id: 's' }] })
  })
  it('checks attributes by their kind', () => {
    const rules = schemaRules('attributes', definition, {}, (m: { attributes: Values }) => m.attributes)
    const said = (key: string, attributes: Values) => rules[`attributes.${key}`]!({ attributes })
    expect(said('mem_gb', { mem_gb: '很多', sn: '1' })).toContain('数字')
    expect(said('mem_gb', { mem_gb: 1.5, sn: '1' })).toBeUndefined()
    expect(said('sn', { sn: '' })).toBeTruthy()
    expect(said('sn', { sn: '123456' })).toContain('5')
  })
})

describe('the list', () => {
  const label = (zh: string) => ({ zh })
  const properties: Record<string, Property> = {
    mem_gb: { type: 'number', 'x-widget': 'number', 'x-label': label('内存 GB'), 'x-order': 1, 'x-uses': ['column', 'filter'] },
    sn: { type: 'string', 'x-widget': 'text', 'x-label': label('序列号'), 'x-order': 2, 'x-uses': ['filter'] },
    spare: { type: 'boolean', 'x-widget': 'switch', 'x-label': label('备用'), 'x-order': 3 },
    grade: { type: 'string', enum: ['a', 'b'], 'x-widget': 'choice', 'x-label': label('等级'), 'x-order': 4, 'x-uses': ['filter'] },
    since: { type: 'string', format: 'date', 'x-widget': 'date', 'x-label': label('启用'), 'x-order': 5 },
  }
  const ready = ['mem_gb', 'grade'] // the others are still being read in
  const indexed = { attributes: (cls?: string) => (cls === 'hardware' ? fieldsOf({ properties }) : []), indexed: (_: string, key: string) => ready.includes(key), list: () => [], options: () => [], codes: { value: {} }, className: () => '', categoryName: () => '', word: () => '' } as unknown as Catalogue
  it('takes class and category from one condition', () => {
    expect(queryOf(indexed, { page: 1, class: 'hardware:01.02' })).toEqual({ page: 1, class: 'hardware', category: '01.02' })
    expect(queryOf(indexed, { page: 1, class: 'system' })).toEqual({ page: 1, class: 'system' })
    expect(queryOf(indexed, { page: 1 })).toEqual({ page: 1 })
  })
  it('asks attributes as the server takes them, and shows those that the form marks', () => {
    const where = (params: Record<string, unknown>) => JSON.parse(queryOf(indexed, { class: 'hardware', ...params }).where ?? '{}')
    expect(where({ 'attributes.mem_gb': '4..' })).toEqual({ mem_gb: { min: 4 } })
    expect(where({ 'attributes.mem_gb': '..8', 'attributes.sn': 'A1' })).toEqual({ mem_gb: { max: 8 }, sn: 'A1' })
    expect(where({ 'attributes.mem_gb': 'x..' })).toEqual({})
    expect(where({ 'attributes.spare': 'false', 'attributes.grade': 'a,b', 'attributes.since': '2026-01-02..2026-01-03' })).toEqual({ spare: false, grade: ['a', 'b'], since: { min: '2026-01-02', max: '2026-01-03' } })
    expect(queryOf(indexed, { class: 'hardware', 'attributes.mem_gb': '4..' })).not.toHaveProperty('attributes.mem_gb')
    const list = assetSchema(indexed, 'hardware')
    expect(list.filters.filter((f) => f.said).map((f) => [f.key, f.kind])).toEqual([['attributes.mem_gb', 'range'], ['attributes.grade', 'multi']])
    expect(list.columns.filter((x) => x.said).map((x) => [x.said, x.sort])).toEqual([['内存 GB', 'attributes.mem_gb']])
    expect(assetSchema(indexed).columns.some((x) => x.said)).toBe(false)
  })
  it('makes a tree of what hangs below each other', () => {
    const items = [{ code: '01', label_zh: '服务器' }, { code: '01.01', parent_code: '01', label_zh: '应用' }, { code: '02', label_zh: '存储' }]
    expect(branchesOf(items)).toEqual([{ value: '01', label: '服务器', children: [{ value: '01.01', label: '应用' }] }, { value: '02', label: '存储' }])
  })
})

describe('the history', () => {
  const catalogue = { attribute: (_: unknown, key: string, v: unknown) => ({ label: definition.properties[key]!['x-label'].zh, value: wordOf(definition.properties[key]!, {}, v) }), className: () => '硬件设备', categoryName: () => '', word: (_: string, code?: string | null) => (code === '1' ? '核心' : '一般') } as unknown as Catalogue
  it('says which field went from what to what', () => {
    const changes = changesOf(catalogue, { name: '甲', importance: '3', attributes: { mem_gb: 8 } }, { name: '甲', importance: '1', attributes: { mem_gb: 16 }, addresses: ['10.0.0.1', '10.0.0.2'] })
    expect(changes.map((c) => [c.label, c.before, c.after])).toEqual([['重要程度', '一般', '核心'], ['地址', '—', '10.0.0.1、10.0.0.2'], ['内存 GB', '8', '16']])
  })
  it('has nothing to compare at the beginning, and a reason at the end', () => {
    expect(changesOf(catalogue, null, { name: '甲' })).toEqual([])
    expect(reasonOf({ reason: '登记错误' })).toBe('登记错误')
    expect(reasonOf({ name: '甲' })).toBe('')
  })
})

describe('tasks', () => {
  it('count what went through by the kind of work', () => {
    expect(passed({ state: 'done', rows_done: 10, rejected: 3 })).toBe(7)
    expect(passed({ state: 'done', rows_done: 10, undone: 8, kept: 2 })).toBe(8)
  })
  it('take the download\'s name from the server', () => {
    expect(fileNameOf("attachment; filename=\"x.xlsx\"; filename*=UTF-8''%E7%A1%AC%E4%BB%B6.xlsx", 'y')).toBe('硬件.xlsx')
    expect(fileNameOf('attachment; filename="x.xlsx"', 'y')).toBe('x.xlsx')
    expect(fileNameOf(null, 'y')).toBe('y')
  })
})
