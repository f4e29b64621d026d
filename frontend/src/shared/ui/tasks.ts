import { reactive } from 'vue'
import { http } from '../api'
import { announce } from '../live'
import { t } from '../i18n'

/** A long piece of work as the server reports it (`GET /imports/{id}`). */
export interface JobReport {
  state: 'queued' | 'running' | 'done' | 'failed'
  rows_total?: number | null
  rows_done?: number | null
  created?: number | null
  updated?: number | null
  rejected?: number | null
  problems_url?: string | null
  result_url?: string | null
  error?: string | null
  first_problems?: { row?: number; field?: string; message: string }[]
}

export interface Task {
  id: string
  /** What it is: usually the file's name. */
  name: string
  path: string
  startedAt: number
  report: JobReport | null
  lost: boolean
  onDone?: (r: JobReport) => void
}

export const tasks = reactive<{ list: Task[]; open: boolean }>({ list: [], open: true })

/**
 * Puts a job into the tray at the bottom right; the tray polls it until it is done or failed.
 * `trackTask({ id, name: file.name, onDone: () => query.refetch() })`.
 */
export function trackTask(task: { id: string; name: string; path?: string; onDone?: (r: JobReport) => void }): void {
  if (tasks.list.some((x) => x.id === task.id)) return
  tasks.list.unshift({ path: `/imports/${task.id}`, startedAt: Date.now(), report: null, lost: false, ...task })
  if (tasks.list.length > 10) tasks.list.pop()
  tasks.open = true
}

export const over = (k: Task) => k.report?.state === 'done' || k.report?.state === 'failed' || k.lost

export async function askTask(k: Task): Promise<void> {
  try {
    k.report = await http<JobReport>('GET', k.path)
  } catch (e) {
    if ((e as { status?: number }).status === 404) k.lost = true
    return
  }
  if (over(k)) {
    announce(t(`shared.tasks.said_${k.report.state}`, { name: k.name }))
    k.onDone?.(k.report)
  }
}
