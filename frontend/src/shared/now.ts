import { onScopeDispose, ref, type Ref } from 'vue'

/** One timer for all clocks: `minute` moves once a minute, `second` once a second while somebody looks at it. */
const minute = ref(Date.now())
const second = ref(Date.now())
let users = 0
let fast = 0
let slowTimer: ReturnType<typeof setInterval> | undefined
let fastTimer: ReturnType<typeof setInterval> | undefined

export function useMinute(): Ref<number> {
  minute.value = Date.now()
  if (users++ === 0) slowTimer = setInterval(() => (minute.value = Date.now()), 60_000)
  onScopeDispose(() => {
    if (--users === 0) clearInterval(slowTimer)
  })
  return minute
}

/** For clocks under an hour. */
export function useSecond(): Ref<number> {
  second.value = Date.now()
  if (fast++ === 0) fastTimer = setInterval(() => (second.value = Date.now()), 1000)
  onScopeDispose(() => {
    if (--fast === 0) clearInterval(fastTimer)
  })
  return second
}
