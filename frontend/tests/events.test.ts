import { beforeEach, describe, expect, it } from 'vitest'
import { branchesOf } from '../src/shared/form/schemaForm'
import { shareDone } from '../src/features/discovery/scan.schema'
import { flattenFields, parseLine } from '../src/features/ingest/fields'
import { victimOf } from '../src/features/ingest/words'
import { draftFromEvent } from '../src/features/warnings/eventDraft'
import { formatEnd, readTarget } from '../src/shared/format'
import { setLocale } from '../src/shared/i18n'

beforeEach(() => setLocale('zh-CN'))

describe('what somebody asks the owner of', () => {
  it.each([
    ['10.68.12.8', { address: '10.68.12.8' }],
    ['  2001:db8::1 ', { address: '2001:db8::1' }],
    ['[2001:db8::1]', { address: '2001:db8::1' }],
    ['::ffff:10.0.0.1', { address: '::ffff:10.0.0.1' }],
    ['1:2:3:4:5:6:7:8', { address: '1:2:3:4:5:6:7:8' }],
    ['Portal.Example.GOV.cn', { domain: 'portal.example.gov.cn' }],
    ['政务.中国', { domain: '政务.中国' }],
    ['https://portal.example.gov.cn/a?b=1', { url: 'https://portal.example.gov.cn/a?b=1' }],
    ['10.68.12.300', undefined],
    ['10.68.12', undefined],
    ['010.1.1.1', undefined],
    ['1:2:3:4:5:6:7:8:9', undefined],
    ['1::2::3', undefined],
    ['localhost', undefined],
    ['two words.cn', undefined],
    ['', undefined],
  ])('%s', (typed, read) => {
    expect(readTarget(typed)).toEqual(read)
  })
})

describe('an event in words', () => {
  it('prints an end of a connection so that the port stands apart', () => {
    expect(formatEnd('10.0.0.1', 443)).toBe('10.0.0.1:443')
    expect(formatEnd('2001:db8::1', 443)).toBe('[2001:db8::1]:443')
    expect(formatEnd('10.0.0.1', null)).toBe('10.0.0.1')
    expect(formatEnd(null, 80)).toBe('—')
  })
  it('names as victim the address before the name before the URL', () => {
    expect(victimOf({ victim_ip: '10.0.0.1', domain: 'a.cn' })).toBe('10.0.0.1')
    expect(victimOf({ victim_ip: null, domain: 'a.cn', url: '/x' })).toBe('a.cn')
    expect(victimOf({ victim_ip: null, domain: null, url: null })).toBe('—')
  })
  it('lays the original record out, one line a value, big numbers as they came', () => {
    const line = '{"flow_id":1903241516235234123,"alert":{"signature_id":22,"gone":null,"text":"4 \\"5\\" -6"},"tags":["a","b"],"answers":[{"rrname":"x"},{"rrname":"y"}],"none":[]}'
    expect(flattenFields(parseLine(line))).toEqual([
      { path: 'flow_id', value: '1903241516235234123' }, { path: 'alert.signature_id', value: '22' }, { path: 'alert.gone', value: '' }, { path: 'alert.text', value: '4 "5" -6' },
      { path: 'tags', value: 'a, b' }, { path: 'answers[0].rrname', value: 'x' }, { path: 'answers[1].rrname', value: 'y' }, { path: 'none', value: '' },
    ])
    expect(flattenFields({})).toEqual([])
    expect(parseLine('EventID=1 EventName=x')).toBeUndefined()
    expect(parseLine('{"a":01}')).toBeUndefined()
  })
})

describe('a warning drafted from an event', () => {
  const event = { id: 'e', name: 'ET EXPLOIT Log4j', category: 'Attempted Administrator Privilege Gain', severity: 'high', format: 'eve', occurred_at: '2026-11-25T01:00:00Z', source_name: '探针 1', count: 1203, src_ip: '2001:db8::9', src_port: 4444, dst_ip: '10.1.2.3', dst_port: 443, victim_ip: '10.1.2.3' }
  it('takes the owner as addressee and says why', () => {
    const d = draftFromEvent({ ...event, verdict: 'owned', org_id: 'o1', org_name: '医保局', asset_name: '前置机', confidence: 95 })
    expect(d).toMatchObject({ title: 'ET EXPLOIT Log4j', kind_code: 'vulnerability', level: 2, source_kind: 'local', orgs: ['o1'] })
    expect(d.content).toContain('1,203')
    expect(d.content).toContain('[2001:db8::9]:4444')
    expect(d.content).toContain('归属 医保局（资产：前置机，置信度 95）')
  })
  it('never guesses an addressee', () => {
    for (const verdict of ['ambiguous', 'unowned'] as const) {
      const d = draftFromEvent({ ...event, verdict, org_id: null, org_name: null, confidence: 40 })
      expect(d.orgs).toEqual([])
      expect(d.content).toContain('10.1.2.3 的归属尚未确定')
    }
  })
  it('knows malware in Chinese and leaves the rest as attacks', () => {
    expect(draftFromEvent({ ...event, name: '挖矿木马外联', category: '' }).kind_code).toBe('malware')
    expect(draftFromEvent({ ...event, name: 'Port scan', category: '' }).kind_code).toBe('attack')
    expect(draftFromEvent({ ...event, severity: 'unheard', name: 'x'.repeat(300) })).toMatchObject({ level: 3, title: 'x'.repeat(200) })
  })
})

describe('discoveries', () => {
  it('a scan whose length is unknown stands at nothing until it is done', () => {
    expect(shareDone({ state: 'running', rows_done: 50, rows_total: null })).toBe(0)
    expect(shareDone({ state: 'running', rows_done: 50, rows_total: 200 })).toBe(0.25)
    expect(shareDone({ state: 'done', rows_done: 50, rows_total: null })).toBe(1)
  })
  it('categories become a tree, strays included', () => {
    expect(branchesOf([{ code: '01', label_zh: '服务器' }, { code: '01.01', parent_code: '01', label_zh: '应用' }, { code: '09.01', parent_code: '09', label_zh: '孤儿' }])).toEqual([
      { value: '01', label: '服务器', children: [{ value: '01.01', label: '应用' }] }, { value: '09.01', label: '孤儿' },
    ])
  })
})
