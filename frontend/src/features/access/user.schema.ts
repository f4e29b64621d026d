import type { Ref } from 'vue'
import { api, unwrap } from '@/shared/api'
import { formatTime } from '@/shared/format'
import { labelOf, t } from '@/shared/i18n'
import type { ListSchema, Option } from '@/shared/list/schema'
import type { User } from './useRoles'

export const badUsername = (name: string) => (/^[a-z][a-z0-9_.-]{2,63}$/.test(name) ? undefined : t('access.user.bad_username'))
export const isLocked = (u: User) => !!u.locked_until && Date.parse(u.locked_until) > Date.now()

export function userSchema(roles: Ref<Option[]>): ListSchema<User> {
  return {
    name: 'users',
    title: 'access.user.title',
    noun: 'access.user.noun',
    unit: 'access.user.unit',
    rowKey: (u) => u.id!,
    rowName: (u) => `${u.display_name} ${u.username}`,
    load: (params, signal) => unwrap(api.GET('/api/v1/users', { params: { query: params }, signal })),
    filters: [
      { key: 'q', label: 'access.user.name', kind: 'text', placeholder: 'access.user.search' },
      { key: 'org', label: 'access.user.org', kind: 'org' },
      { key: 'role', label: 'access.user.roles', kind: 'select', options: roles },
      { key: 'state', label: 'access.user.state', kind: 'select', options: () => ['active', 'disabled'].map((s) => ({ value: s, label: t(`shared.state.user.${s}`) })) },
    ],
    columns: [
      { key: 'display_name', label: 'access.user.name', fixed: true, width: '120px' },
      { key: 'username', label: 'access.user.username', mono: true, width: '150px' },
      { key: 'org_name', label: 'access.user.org' },
      { key: 'roles', label: 'access.user.roles', text: (u) => (u.roles ?? []).map((r) => labelOf(r)).join(t('shared.comma')) },
      { key: 'scope_kind', label: 'access.user.scope', width: '148px', text: (u) => t(`access.scope.${u.scope_kind ?? 'own'}`) },
      { key: 'state', label: 'access.user.state', width: '100px' },
      { key: 'last_login_at', label: 'access.user.last', width: '120px', text: (u) => (u.last_login_at ? formatTime(u.last_login_at) : t('access.user.never')) },
    ],
  }
}
