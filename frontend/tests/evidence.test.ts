import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import { concludeOwnership, countEvidence, sayEvidence, tagEvidence, type Evidence } from '../src/shared/detail/evidence'
import { i18n, setLocale } from '../src/shared/i18n'

const registered: Evidence = { step: 1, kind: 'address', statement: 'address_registered', params: { value: '10.1.2.3', source: 'declared', valid_from: '2026-01-01T00:00:00Z' }, weight: 95, org_name: '医保局', asset_name: '前置机' }

beforeEach(() => setLocale('zh-CN'))

describe('a piece of evidence', () => {
  it('is a sentence in both languages, with what narrows it down', () => {
    expect(sayEvidence(registered)).toBe('地址 10.1.2.3 登记在医保局名下（资产「前置机」、2026-01-01 08:00 起）')
    setLocale('en')
    expect(sayEvidence(registered)).toBe('Address 10.1.2.3 is registered by 医保局 (asset “前置机”, from 2026-01-01 08:00)')
  })
  it('of a unit outside the scope names neither it nor what it registered', () => {
    expect(sayEvidence({ statement: 'in_range_of_other', params: {}, weight: -5, org_name: null })).toBe('地址在您数据范围之外的单位的地址段 内，与结论不一致')
  })
  it('with a statement of a later platform still says something', () => {
    expect(sayEvidence({ statement: 'seen_in_a_dream', params: {} })).toBe('seen_in_a_dream')
  })
  it('has a sentence for every statement that the resolver writes', () => {
    const resolver = readFileSync(join(import.meta.dirname, '../../backend/src/ownership/ownership.c'), 'utf8')
    const said = resolver.slice(resolver.indexOf('statement_of')).split('contradiction(')[0]! + [...resolver.matchAll(/put_evidence\([^;]*;/g)].join('')
    const statements = new Set([...said.matchAll(/"([a-z_]{5,})"/g)].map((m) => m[1]!))
    expect(statements.size).toBeGreaterThan(9)
    for (const locale of ['zh-CN', 'en'] as const) for (const s of statements) expect(i18n.global.te(`shared.evidence.say.${s}`, locale), `${locale} ${s}`).toBe(true)
  })
  it('carries the register that spoke, else its kind, else a remark', () => {
    expect(tagEvidence(registered)).toBe('自主填报')
    expect(tagEvidence({ kind: 'domain', params: {} })).toBe('域名登记')
    expect(tagEvidence({ kind: 'remark', statement: 'public_address' })).toBe('说明')
  })
})

describe('the conclusion', () => {
  it.each([
    [{ verdict: 'owned' as const, confidence: 95, org_name: '医保局' }, '医保局', '已确定归属'],
    [{ verdict: 'owned' as const, confidence: 74, org_name: '医保局' }, '医保局', '可信度低于阈值，建议人工确认'],
    [{ verdict: 'owned' as const, confidence: 95, org_name: null }, '您数据范围之外的单位', '已确定归属'],
    [{ verdict: 'ambiguous' as const, confidence: 40, candidates: [{ org_id: 'a' }, { org_id: 'b' }] }, '2 家单位都有登记', '归属不唯一，需人工确认'],
    [{ verdict: 'unowned' as const, confidence: 0, candidates: [] }, '未知', '无法确定归属'],
  ])('%j', (o, who, verdict) => {
    expect(concludeOwnership(o)).toEqual({ who, verdict })
  })
  it('counts what speaks for and against; remarks are neither', () => {
    expect(countEvidence({ evidence: [registered, { weight: -5 }, { weight: 0 }] })).toEqual({ all: 3, for: 1, against: 1 })
  })
})
