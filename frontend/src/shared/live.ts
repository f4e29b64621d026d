import { reactive } from 'vue'

/** What the two live regions of the page say. Polite: new items, saved drafts. Assertive: a lost session, overdue by me. */
export const spoken = reactive({ polite: '', assertive: '' })

export function announce(text: string, how: 'polite' | 'assertive' = 'polite'): void {
  spoken[how] = ''
  queueMicrotask(() => (spoken[how] = text))
}
