import { createApp, defineComponent, h, nextTick, ref } from 'vue'
import { describe, expect, it } from 'vitest'
import { Problem, sayField } from '../src/shared/api'
import { setLocale } from '../src/shared/i18n'
import { useForm, type Form } from '../src/shared/form/useForm'

function mount(send: (m: { name: string }) => Promise<void>): { form: Form; model: { value: { name: string } } } {
  const model = ref({ name: '' })
  let form!: Form
  createApp(defineComponent({ setup: () => ((form = useForm(model, { name: (m) => (m.name ? undefined : 'Fill in the name') }, send) as unknown as Form), () => h('i')) })).mount(document.createElement('div'))
  return { form, model }
}

describe('a form', () => {
  it('does not send what is wrong, and lists it only after the first try', async () => {
    let sent = 0
    const { form, model } = mount(async () => void sent++)
    expect(form.lines).toEqual([])
    expect(await form.submit()).toBe(false)
    expect(sent).toBe(0)
    expect(form.lines.map((l) => l.field)).toEqual(['name'])
    model.value.name = 'x'
    await nextTick()
    expect(form.errors, 'put right while typing').toEqual({})
    expect(await form.submit()).toBe(true)
    expect(sent).toBe(1)
    expect(form.count).toBe(0)
  })
  it('takes an error back as soon as it is mended, without leaving the field', async () => {
    const { form, model } = mount(async () => undefined)
    await form.submit()
    expect(form.count).toBe(1)
    model.value.name = 'x'
    await nextTick()
    expect(form.errors).toEqual({})
  })
  it("puts the server's refusal on its field", async () => {
    const { form, model } = mount(async () => {
      throw new Problem(422, 'validation_failed', '', '', [{ field: 'name', code: 'of_tomorrow', message: 'Taken' }])
    })
    model.value.name = 'x'
    expect(await form.submit()).toBe(false)
    await nextTick()
    expect(form.errors).toEqual({ name: 'Taken' })
    model.value.name = 'y'
    await nextTick()
    expect(form.errors, 'another name may be free').toEqual({})
  })
  it('says a refusal without fields in words', async () => {
    const { form, model } = mount(async () => {
      throw new Problem(409, 'something_else', '已被他人修改', 'Changed by somebody')
    })
    model.value.name = 'x'
    await form.submit()
    expect(form.said).toBe('已被他人修改')
    setLocale('en')
    await form.submit()
    expect(form.said).toBe('Changed by somebody')
    setLocale('zh-CN')
  })
})

describe('a refused field in words', () => {
  const say = (field: string, code: string, params?: Record<string, unknown>) => sayField({ field, code, message: 'as the server says it', params })
  it('names the limit and what is there now', () => {
    setLocale('zh-CN')
    expect(say('name', 'max_length', { limit: 2000, now: 2001 })).toBe('不能超过 2,000 个字（现在 2,001 个）')
    expect(say('list/1/ip', 'format', { format: 'ip', now: '"x"' })).toBe('不是有效的IP 地址（现在 "x"）')
    expect(say('trust', 'minimum', { exclusive: 0, now: '0' })).toBe('应大于 0（现在 0）')
    expect(say('remark', 'type', { type: 'string or null', now: '3' })).toBe('应为文字')
    setLocale('en')
    expect(say('name', 'max_length', { limit: 2000, now: 2001 })).toBe('At most 2,000 characters (now 2,001)')
    setLocale('zh-CN')
  })
  it('knows the field, and takes at least one for required', () => {
    expect(say('asset_no', 'taken')).toBe('这个编号已被其他资产使用')
    expect(say('addresses/3/value', 'unique')).toBe('与前面的地址重复')
    expect(say('name', 'min_length', { limit: 1, now: 0 })).toBe('请填写这一项')
  })
  it('says less where the figures are missing, and leaves the word to the server where it knows none', () => {
    expect(say('name', 'max_length')).toBe('太长')
    expect(say('name', 'of_tomorrow')).toBe('as the server says it')
  })
})
