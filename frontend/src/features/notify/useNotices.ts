import { computed } from 'vue'
import { useRouter, type RouteLocationRaw } from 'vue-router'
import type { components } from '@/gen/api'
import { api, unwrap, usePoll } from '@/shared/api'
import { useSession } from '@/shared/session'

export type Notice = components['schemas']['Notice']

/** How many are unread, for the bell and the inbox: one answer, kept fresh by its ETag. */
export function useUnread() {
  const session = useSession()
  const q = usePoll(['notice-count'], (signal) => unwrap(api.GET('/api/v1/notices/count', { signal })), { enabled: () => !!session.user && !session.user.must_change_password })
  return { unread: computed(() => q.data.value?.unread ?? 0), more: computed(() => q.data.value?.more ?? false) }
}

/** Where a notice's subject stands: the page of its kind, if there is one that this person may open. */
export function useSubject() {
  const router = useRouter()
  const session = useSession()
  return (n: Pick<Notice, 'subject_kind' | 'subject_id'>): RouteLocationRaw | undefined => {
    if (!n.subject_kind || !n.subject_id || !router.hasRoute(n.subject_kind)) return undefined
    const to = router.resolve({ name: n.subject_kind, params: { id: n.subject_id } })
    return session.can(to.meta.permission) ? to.fullPath : undefined
  }
}
