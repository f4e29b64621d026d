import type { components } from '@/gen/api'

export type Link = components['schemas']['WorkOrderLink']
export type Order = components['schemas']['WorkOrder']
export type Mapping = components['schemas']['WorkOrderMapping']
export const STATES = ['pending_sign', 'handling', 'reviewing', 'returned', 'accepted', 'terminated', 'withdrawn'] as const
export const ACTIONS = ['sign', 'handled', 'not_involved', 'unable'] as const
export const FACTS = ['reference', 'ticket', 'state', 'title', 'content', 'number', 'level', 'unit', 'due', 'link'] as const

/** What most ticket systems can be taught to take; to be changed to the words of the one at hand. */
export const usual = (): Mapping => ({
  fields: [
    { name: 'ticket', value: '{{ticket}}' },
    { name: 'reference', value: '{{reference}}' },
    { name: 'status', value: '{{state}}' },
    { name: 'title', value: '[{{number}}] {{title}}' },
    { name: 'description', value: '{{content}}\n{{link}}' },
    { name: 'priority', value: '{{level}}' },
    { name: 'due', value: '{{due}}' },
  ],
  states: [
    { ours: 'pending_sign', theirs: 'new' },
    { ours: 'handling', theirs: 'in_progress' },
    { ours: 'reviewing', theirs: 'resolved' },
    { ours: 'returned', theirs: 'reopened' },
    { ours: 'accepted', theirs: 'closed' },
  ],
  actions: [
    { theirs: 'in_progress', ours: 'sign' },
    { theirs: 'resolved', ours: 'handled' },
  ],
  answer_ticket: 'id',
  in_ticket: 'ticket',
  in_state: 'status',
  in_text: 'comment',
})
