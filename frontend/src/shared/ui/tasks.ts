import { reactive } from 'vue'
import type { RouteLocationRaw } from 'vue-router'
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
  /** Of an undo: rows taken back, rows left as they are. */
  undone?: number | null
  kept?: number | null
  problems_url?: string | null
  result_url?: string | null
  /** Since when its files are gone. */
  files_expired_at?: string | null
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
  /** Where the work is shown with all that belongs to it. */
  to?: RouteLocationRaw
  onDone?: (r: JobReport) => void
}

export const tasks = reactive<{ list: Task[]; open: boolean }>({ list: [], open: true })

/**
 * Puts a job into the tray at the bottom right; the tray polls it until it is done or failed.
 * `trackTask({ id, name: file.name, onDone: () => query.refetch() })`.
 */
export function trackTask(task: { id: string; name: string; path?: string; to?: RouteLocationRaw; onDone?: (r: JobReport) => void }): void {
  if (tasks.list.some((x) => x.id === task.id)) return
  tasks.list.unshift({ path: `/imports/${task.id}`, startedAt: Date.now(), report: null, lost: false, ...task })
  if (tasks.list.length > 10) tasks.list.pop()
  tasks.open = true
}

export const over = (k: Task) => k.report?.state === 'done' || k.report?.state === 'failed' || k.lost

/** Rows that went through: what an undo took back, else all that were not refused. */
export const passed = (r: JobReport) => r.undone ?? Math.max(0, (r.rows_done ?? 0) - (r.rejected ?? 0))

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
