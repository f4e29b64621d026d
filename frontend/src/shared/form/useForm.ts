import { computed, nextTick, provide, reactive, ref, watch, type Ref } from 'vue'
import { asProblem, sayField, sayProblem, type Problem } from '../api'
import { t } from '../i18n'
import { fieldId, FORM } from './types'

export type Check<T> = (value: T) => string | undefined | false | null
export type Rules<T> = Partial<Record<keyof T & string, Check<T>>>

/** Ready-made checks; each gives the rule and the present value in words. */
export const must = (name: string, value: unknown): string | undefined =>
  value === null || value === undefined || (typeof value === 'string' && !value.trim()) || (Array.isArray(value) && !value.length)
    ? t('shared.form.need', { name })
    : undefined
export const atMost = (max: number, value: string | null | undefined): string | undefined =>
  (value ?? '').length > max ? t('shared.form.too_long', { max, n: value!.length }) : undefined

/**
 * A form's behaviour: each field is checked when it is left, all on submit, and what is wrong again with every change; what the server refuses lands on its field
 * (`errors[].field`), the rest in the summary, which takes the focus.
 *
 *   const form = useForm(model, { name: (m) => must('Name', m.name) }, async (m) => { await unwrap(api.POST(…)) })
 *   <FormShell :form="form" …> <FormField name="name" …>
 */
export function useForm<T extends object>(model: Ref<T>, rules: Rules<T>, send: (value: T) => Promise<void>) {
  const errors = ref<Record<string, string>>({})
  /** Fields whose error a rule has found: only a rule takes it back. What the server refused stands until that field changes. */
  const ours = new Set<string>()
  let sent: Record<string, unknown> = {}
  const changed = (field: string) => {
    const root = field.split('.')[0]!
    return JSON.stringify((model.value as Record<string, unknown>)[root]) !== JSON.stringify(sent[root])
  }
  const labels = reactive<Record<string, () => string>>({})
  const general = ref<Problem | null>(null)
  const busy = ref(false)
  const tried = ref(false)
  const summary = ref<HTMLElement | null>(null)

  function checkOne(field: string): void {
    const message = rules[field as keyof T & string]?.(model.value)
    if (message) {
      errors.value = { ...errors.value, [field]: message }
      ours.add(field)
    } else if (errors.value[field]) {
      const rest = { ...errors.value }
      delete rest[field]
      errors.value = rest
    }
  }
  watch(model, () => Object.keys(errors.value).filter((f) => ours.has(f) || changed(f)).forEach(checkOne), { deep: true })
  function checkAll(): boolean {
    errors.value = {}
    for (const field of Object.keys(rules)) checkOne(field)
    return !Object.keys(errors.value).length
  }
  async function showSummary(): Promise<void> {
    await nextTick()
    summary.value?.focus()
    summary.value?.scrollIntoView({ block: 'nearest' })
  }
  async function submit(): Promise<boolean> {
    if (busy.value) return false
    tried.value = true
    general.value = null
    if (!checkAll()) {
      await showSummary()
      return false
    }
    busy.value = true
    try {
      await send(model.value)
      return true
    } catch (e) {
      const p = asProblem(e)
      general.value = p
      ours.clear()
      sent = JSON.parse(JSON.stringify(model.value))
      // A stale version is no field of the form: the whole record has moved on.
      errors.value = p.code === 'stale_version' ? {} : Object.fromEntries(p.errors.map((x) => [x.field.replace(/^\/?(body\/)?/, '').replaceAll('/', '.'), sayField(x)]))
      await showSummary()
      return false
    } finally {
      busy.value = false
    }
  }

  provide(FORM, {
    errors,
    touch: checkOne,
    register: (field, label) => (labels[field] = label),
  })

  /** Back to untouched: a drawer that opens for another record. */
  function reset(): void {
    errors.value = {}
    general.value = null
    tried.value = false
  }

  /** What stands in the summary: nothing before the first try, the fields speak for themselves until then. */
  const lines = computed(() => (tried.value ? Object.entries(errors.value) : []).map(([field, message]) => ({ field, id: fieldId(field), known: field in labels, label: labels[field]?.() ?? field, message })))
  const said = computed(() => (general.value && !lines.value.length ? sayProblem(general.value) : ''))
  return reactive({ errors, general, busy, tried, lines, said, submit, reset,
    /** The summary's element, which takes the focus. */
    holdSummary: (el: HTMLElement | null) => (summary.value = el),
     checkAll, count: computed(() => lines.value.length) })
}
export type Form = ReturnType<typeof useForm>
