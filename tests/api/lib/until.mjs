import assert from 'node:assert/strict';
import { availableParallelism, loadavg } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';

/** How long that may take here what is promised within `ms`: a machine with more to run than it has cores is allowed its share. */
export const promised = (ms) => Math.ceil(ms * Math.max(1, loadavg()[0] / availableParallelism()));

/**
 * Polls until condition() gives something true and returns that. Fails the test after `timeout` ms, telling the last
 * value or error. An exception of the condition counts as "not yet".
 */
export async function until(condition, { timeout = 60_000, every = 50, what = condition.toString() } = {}) {
  const end = performance.now() + timeout;
  let last;
  for (;;) {
    try {
      last = await condition();
      if (last) return last;
    } catch (error) {
      last = error;
    }
    if (performance.now() > end) assert.fail(`not within ${timeout} ms: ${what}; last: ${describe(last)}`);
    await pause(every);
  }
}

const describe = (value) => (value instanceof Error ? value.message : JSON.stringify(value));
