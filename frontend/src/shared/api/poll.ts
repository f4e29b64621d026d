import { keepPreviousData, useQuery, type UseQueryOptions } from '@tanstack/vue-query'
import type { MaybeRefOrGetter } from 'vue'
import { computed, toValue } from 'vue'

const VISIBLE = 5_000
const HIDDEN = 30_000

/** 5 s while the page is seen, 30 s while it is not, each ±20 % so that desks do not ask in step. */
export function pollDelay(hidden = document.hidden): number {
  return Math.round((hidden ? HIDDEN : VISIBLE) * (0.8 + Math.random() * 0.4))
}

/**
 * A query that repeats itself. An unchanged answer costs a 304 (the client sends If-None-Match) and changes nothing on
 * the page; old data stays while the next is on its way. `enabled` may be a getter.
 */
export function usePoll<T>(
  key: MaybeRefOrGetter<readonly unknown[]>,
  load: (signal: AbortSignal) => Promise<T>,
  options: { enabled?: MaybeRefOrGetter<boolean>; every?: () => number | false } = {},
) {
  return useQuery({
    queryKey: computed(() => toValue(key)),
    queryFn: ({ signal }) => load(signal),
    enabled: computed(() => toValue(options.enabled) ?? true),
    refetchInterval: () => (options.every ? options.every() : pollDelay()),
    refetchIntervalInBackground: true,
    placeholderData: keepPreviousData,
  } as UseQueryOptions<T, Error>)
}
