import { nextTick, onScopeDispose, ref, watch, type Ref } from 'vue'
import { useSession } from './session'

/**
 * Keeps a form's values on this computer until they are sent: they survive a lost session, a closed tab and a
 * restart of the browser. One draft per person and key; `restore()` in setup, `clear()` after the server took it.
 */
export function useDraft<T extends object>(key: string, model: Ref<T>) {
  const who = useSession().user?.id ?? 'nobody'
  const name = `tc.draft.${who}.${key}`
  const savedAt = ref<string | null>(null)
  const first = JSON.stringify(model.value)
  let timer: ReturnType<typeof setTimeout> | undefined

  function save(): void {
    clearTimeout(timer)
    savedAt.value = new Date().toISOString()
    localStorage.setItem(name, JSON.stringify({ at: savedAt.value, value: model.value }))
  }
  function restore(): boolean {
    try {
      const kept = JSON.parse(localStorage.getItem(name) ?? 'null')
      if (!kept) return false
      model.value = { ...model.value, ...kept.value }
      savedAt.value = kept.at
      return true
    } catch {
      return false
    }
  }
  function clear(): void {
    clearTimeout(timer)
    savedAt.value = null
    localStorage.removeItem(name)
  }
  /** Throws the draft away and puts the form back to how it began. */
  function discard(): void {
    model.value = JSON.parse(first)
    // The change this makes must not become a draft again.
    void nextTick(clear)
  }
  const stop = watch(model, () => {
    clearTimeout(timer)
    timer = setTimeout(save, 800)
  }, { deep: true })
  onScopeDispose(() => {
    stop()
    clearTimeout(timer)
  })
  return { savedAt, save, restore, clear, discard }
}
