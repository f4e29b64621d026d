import type { InjectionKey, Ref } from 'vue'

/** What a form knows of its fields; `FormField` reads it, `useForm` fills it. */
export interface FormContext {
  /** Message by field name; the names are those of the contract, so the server's `errors[].field` fits. */
  errors: Ref<Record<string, string>>
  touch: (field: string) => void
  register: (field: string, label: () => string) => void
}
export const FORM: InjectionKey<FormContext> = Symbol('form')
export const fieldId = (name: string) => `f-${name.replace(/[^\w-]/g, '-')}`
