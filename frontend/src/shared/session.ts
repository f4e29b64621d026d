import { defineStore } from 'pinia'
import { computed, ref } from 'vue'
import type { components } from '@/gen/api'
import { api, forgetAnswers, setCsrf, unwrap } from './api'

type Answer = components['schemas']['Session']

/** Who is signed in and what they may do. The server decides; this only spares people buttons that would fail. */
export const useSession = defineStore('session', () => {
  const answer = ref<Answer | null>(null)
  const asked = ref(false)
  const rights = computed(() => new Set(answer.value?.permissions ?? []))

  function take(a: Answer | null): void {
    answer.value = a
    setCsrf(a?.csrf_token ?? '')
  }
  /** Asks once whether the cookie still holds a session. */
  async function load(): Promise<void> {
    try {
      take(await unwrap(api.GET('/api/v1/session')))
    } catch {
      take(null)
    }
    asked.value = true
  }
  async function signIn(username: string, password: string, otp?: string): Promise<void> {
    take(await unwrap(api.POST('/api/v1/session', { body: otp ? { username, password, otp } : { username, password } })))
    asked.value = true
  }
  async function signOut(): Promise<void> {
    try {
      await unwrap(api.DELETE('/api/v1/session'))
    } finally {
      forgetAnswers()
      take(null)
    }
  }
  /** Before an initial password is replaced nothing opens, so nothing is offered. */
  function can(permission?: string): boolean {
    return !permission || (!answer.value?.user.must_change_password && rights.value.has(permission))
  }
  return { answer, asked, user: computed(() => answer.value?.user ?? null), load, signIn, signOut, drop: () => take(null), can }
})

/** `const can = useCan(); can('asset.write')`; in templates also `v-can="'asset.write'"`. */
export function useCan(): (permission?: string) => boolean {
  return useSession().can
}
