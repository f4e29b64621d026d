/** The seven shapes. A workflow state is always one of them; features do not invent an eighth. */
export type StateShape = 'waiting' | 'active' | 'passed' | 'returned' | 'overdue' | 'paused' | 'ended'

/**
 * The one table from workflow states to shapes. Kind, then the state as the contract writes it; the words are in the
 * shared catalogue under `shared.state.<kind>.<state>`.
 */
export const STATES: Record<string, Record<string, StateShape>> = {
  user: { active: 'passed', disabled: 'ended', locked: 'paused' },
  org: { active: 'passed', closed: 'ended', merged: 'ended' },
  sector: { active: 'passed', retired: 'ended' },
  form: { draft: 'waiting', active: 'passed', retired: 'ended' },
  duty: { covered: 'passed', unsupervised: 'overdue', several: 'active' },
  source: { active: 'passed', disabled: 'ended' },
  /** By the codes of the list `asset_state`; the words come with the list. */
  asset: { '01': 'waiting', '02': 'passed', '03': 'paused', '04': 'ended', '05': 'ended' },
  warning: { draft: 'waiting', review: 'active', approved: 'active', rejected: 'returned', publishing: 'active', published: 'active', closed: 'passed', withdrawn: 'ended' },
  dispatch: { pending_sign: 'waiting', handling: 'active', reviewing: 'active', returned: 'returned', accepted: 'passed', terminated: 'ended', withdrawn: 'ended', overdue: 'overdue' },
  event: { open: 'waiting', processing: 'active', confirmed: 'active', closed: 'passed', ignored: 'ended' },
  owner: { owned: 'passed', ambiguous: 'active', unowned: 'waiting' },
  job: { queued: 'waiting', running: 'active', done: 'passed', failed: 'overdue' },
  purge: { asked: 'waiting', rejected: 'returned', approved: 'active', done: 'passed' },
  delivery: { waiting: 'waiting', sent: 'passed', dead: 'overdue', skipped: 'ended' },
  asset_change: { review: 'active', accepted: 'passed', rejected: 'returned', withdrawn: 'ended', stale: 'overdue' },
  task: { open: 'waiting', done: 'passed', cancelled: 'ended' },
}
