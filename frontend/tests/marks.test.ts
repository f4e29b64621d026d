import { describe, expect, it } from 'vitest'
import { fold, pieces } from '@/features/search/marks'

const marked = (text: string, ...words: string[]) => pieces(text, words).map((p) => (p.hit ? `[${p.text}]` : p.text)).join('')

describe('marks', () => {
  it('folds as the server does, place by place', () => {
    expect(fold('ＯＡ系统　V2É')).toBe('oa系统 v2É')
  })
  it.each([
    ['昆明市ＯＡ系统', ['oa'], '昆明市[ＯＡ]系统'],
    ['aaa', ['aa'], '[aaa]'],
    ['数据库服务器', ['数据库', '据库服'], '[数据库服]务器'],
    ['<b>x</b>', ['x'], '<b>[x]</b>'],
    ['无', [], '无'],
  ])('%s', (text, words, out) => expect(marked(text, ...words)).toBe(out))
})
