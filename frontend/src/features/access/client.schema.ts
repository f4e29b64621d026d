import type { components } from '@/gen/api'
import { api, unwrap } from '@/shared/api'
import { formatTime } from '@/shared/format'
import type { ListSchema } from '@/shared/list/schema'

export type Client = components['schemas']['Client']

/** What a unit's system may be given; the server refuses the rest. */
export const CLIENT_PERMISSIONS = ['asset.', 'event.', 'discovery.', 'warning.read', 'dispatch.', 'file.', 'situation.read', 'task.read', 'org.read']
export const forClients = (permission: string) => CLIENT_PERMISSIONS.some((p) => permission.startsWith(p))

export function clientSchema(): ListSchema<Client> {
  return {
    name: 'clients',
    title: 'access.client.title',
    noun: 'access.client.noun',
    unit: 'access.client.unit',
    rowKey: (c) => c.id!,
    rowName: (c) => c.name ?? '',
    load: (params, signal) => unwrap(api.GET('/api/v1/clients', { params: { query: params }, signal })),
    filters: [],
    columns: [
      { key: 'name', label: 'access.client.name', fixed: true },
      { key: 'id', label: 'access.client.id', mono: true, width: '300px' },
      { key: 'org_name', label: 'access.client.org', width: '200px' },
      { key: 'permissions', label: 'access.role.permissions', width: '104px', align: 'right' },
      { key: 'state', label: 'access.user.state', width: '88px' },
      { key: 'created_at', label: 'access.client.created', width: '124px', text: (c) => formatTime(c.created_at) },
    ],
  }
}
