import type { components } from '@/gen/api'
import { api, unwrap } from '@/shared/api'
import type { ListSchema } from '@/shared/list/schema'
import { DUTIES, dutyName } from './dictionary'

export type Person = components['schemas']['Person']

export function personSchema(): ListSchema<Person> {
  return {
    name: 'people',
    title: 'org.person.title',
    noun: 'org.person.noun',
    unit: 'org.person.unit',
    rowKey: (p) => p.id!,
    rowName: (p) => `${p.name} ${p.org_name}`,
    load: (params, signal) => unwrap(api.GET('/api/v1/people', { params: { query: params }, signal })),
    filters: [
      { key: 'q', label: 'org.person.name', kind: 'text', placeholder: 'org.person.search' },
      { key: 'org', label: 'org.person.org', kind: 'org' },
      { key: 'duty', label: 'org.person.duty', kind: 'select', options: () => DUTIES.map((d) => ({ value: d, label: dutyName(d) })) },
    ],
    columns: [
      { key: 'name', label: 'org.person.name', fixed: true, width: '110px' },
      { key: 'org_name', label: 'org.person.org' },
      { key: 'duty', label: 'org.person.duty', width: '136px', text: (p) => dutyName(p.duty) },
      { key: 'title', label: 'org.person.post', width: '130px' },
      { key: 'mobile', label: 'org.person.mobile', width: '124px', mono: true },
      { key: 'phone', label: 'org.person.phone', width: '132px', mono: true },
      { key: 'email', label: 'org.person.email', width: '180px' },
    ],
  }
}
