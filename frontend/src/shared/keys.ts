import { onScopeDispose, ref, watch } from 'vue'

/** Single-key shortcuts (`/`, `?`) can be turned off, on this computer; those with Ctrl stay. */
export const singleKeys = ref(localStorage.getItem('tc.single-keys') !== 'off')
watch(singleKeys, (on) => localStorage.setItem('tc.single-keys', on ? 'on' : 'off'))

const typing = (e: EventTarget | null) =>
  e instanceof HTMLElement && (e.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(e.tagName))

/** `useKeys({ '/': focusSearch, 'ctrl+s': save, 'ctrl+enter': send })` while the component lives. */
export function useKeys(map: Record<string, () => void>): void {
  function hear(e: KeyboardEvent): void {
    const mod = e.ctrlKey || e.metaKey
    const name = `${mod ? 'ctrl+' : ''}${e.key.length === 1 ? e.key.toLowerCase() : e.key.toLowerCase()}`
    const run = map[name]
    if (!run || e.altKey || e.isComposing) return
    if (!mod && (!singleKeys.value || typing(e.target))) return
    e.preventDefault()
    run()
  }
  window.addEventListener('keydown', hear)
  onScopeDispose(() => window.removeEventListener('keydown', hear))
}
