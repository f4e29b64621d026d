import { ElMessage } from 'element-plus'
import { h } from 'vue'
import { asProblem, sayProblem } from './api'
import { t } from './i18n'
import { announce } from './live'

/** A short line that something is done: say what and to which object. */
export function noticeDone(text: string): void {
  ElMessage({ message: text, type: 'success', duration: 4000, grouping: true })
  announce(text)
}

/** A failed action outside a form: what failed, why, and the request's number. */
export function noticeProblem(what: string, e: unknown): void {
  const p = asProblem(e)
  if (p.status === 401) return
  const id = p.requestId ? t('shared.panel.request_id', { id: p.requestId }) : ''
  ElMessage({
    type: 'error',
    duration: 8000,
    showClose: true,
    message: h('span', [h('strong', what), ` ${sayProblem(p)} `, h('span', { class: 'tc-small' }, id)]),
  })
}
