// What an API test imports. Example:
//   import { platform, problem, signIn, test, assert } from '../lib/harness.mjs';
//   test('a unit cannot see another unit', async () => {
//     const unit = await signIn('unit_filler');
//     problem(await unit.get(`/assets/${foreign}`, { expect: 404 }), 404, 'not_found');
//   });
import assert from 'node:assert/strict';
import test, { after, before, describe } from 'node:test';
import { Client, newKey, problem } from './client.mjs';
import { newStack, sharedStack, startStack } from './stack.mjs';
import { promised, until } from './until.mjs';

export { Client, after, assert, before, describe, newKey, newStack, problem, promised, startStack, test, until };

let shared;
/** The platform under test; made on first use, so that a file of pure tests needs none. */
export const platform = () => (shared ??= sharedStack());
export const signIn = (who, options) => platform().signIn(who, options);
export const machine = (options) => platform().machine(options);
export const anonymous = () => platform().client();

/** Waits for a job (import, discovery, export) and returns its last state; fails the test if it ends otherwise. */
export async function jobDone(client, path, { state = 'done', timeout = 120_000 } = {}) {
  const job = await until(async () => {
    const { json } = await client.get(path);
    return ['done', 'failed'].includes(json.state) && json;
  }, { timeout, what: `${path} ends` });
  assert.equal(job.state, state, JSON.stringify(job).slice(0, 600));
  return job;
}
