import { createApp, defineComponent, h, nextTick, ref } from 'vue'
import { describe, expect, it } from 'vitest'
import { Problem } from '../src/shared/api'
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
    expect(await form.submit()).toBe(true)
    expect(sent).toBe(1)
    expect(form.count).toBe(0)
  })
  it("puts the server's refusal on its field", async () => {
    const { form, model } = mount(async () => {
      throw new Problem(422, 'validation_failed', '', '', [{ field: 'name', code: 'duplicate', message: 'Taken' }])
    })
    model.value.name = 'x'
    expect(await form.submit()).toBe(false)
    await nextTick()
    expect(form.errors).toEqual({ name: 'Taken' })
  })
  it('says a refusal without fields in words', async () => {
    const { form, model } = mount(async () => {
      throw new Problem(409, 'something_else', 'Title', 'Changed by somebody')
    })
    model.value.name = 'x'
    await form.submit()
    expect(form.said).toBe('Changed by somebody')
  })
})
