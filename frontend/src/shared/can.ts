import type { Directive } from 'vue'
import { useSession } from './session'

/** `v-can="'asset.write'"` hides a control from those who lack the right. A courtesy: the server decides. */
export const vCan: Directive<HTMLElement, string | undefined> = (el, { value }) => {
  el.hidden = !useSession().can(value)
  el.style.display = el.hidden ? 'none' : ''
}
