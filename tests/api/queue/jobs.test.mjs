// Long work as its administrator sees it: depth, age, failures; what was given up runs again.
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { assert, before, jobDone, platform, problem, signIn, test, until } from '../lib/harness.mjs';

let admin;
let unit;
before(async () => {
  admin = await signIn('system_admin');
  unit = await signIn('unit_filler');
});
const jobs = async (query) => (await admin.get('/jobs', { query })).json;
const kind = async (name) => (await admin.get('/jobs/overview')).json.kinds.find((k) => k.kind === name);

test('a job that was given up is seen, and runs again to its end, once (F03)', async () => {
  const { json: { id } } = await unit.post('/assets/exports', { format: 'csv' });
  await jobDone(unit, `/imports/${id}`);
  const before = await kind('asset_export');
  assert.ok(before.done_hour >= 1);
  problem(await admin.post(`/jobs/${id}/replay`, undefined, { expect: 'any' }), 409, 'conflict');
  // As a worker leaves it after the fifth attempt.
  await platform().sql(`UPDATE jobs SET state = 'failed', attempts = 5, error = 'the disk was full', result = NULL WHERE id = '${id}'`);
  assert.equal((await kind('asset_export')).failed, before.failed + 1);
  const seen = (await jobs({ state: 'failed', kind: 'asset_export' })).items.find((j) => j.id === id);
  assert.deepEqual([seen.error, seen.attempts], ['the disk was full', 5]);
  await admin.post(`/jobs/${id}/replay`);
  await jobDone(unit, `/imports/${id}`);
  const done = await until(async () => (await jobs({ kind: 'asset_export', state: 'done' })).items.find((j) => j.id === id), { what: 'it is done' });
  assert.equal(done.attempts, 1);
  assert.ok(done.finished_at);
  const acts = await platform().sql(`SELECT action FROM audit_log WHERE subject_id = '${id}' AND action = 'job.replay'`);
  assert.equal(acts.length, 1);
});

test('the outbox has been told', async () => {
  const { outbox } = await until(async () => { const { json } = await admin.get('/jobs/overview'); return json.outbox.waiting === 0 && json; }, { what: 'nothing waits' });
  assert.equal(outbox.oldest_s, null);
});

test('what a worker logs about a job carries the id of the request that asked for it', async () => {
  const reply = await unit.post('/assets/exports', { format: 'csv' });
  await jobDone(unit, `/imports/${reply.json.id}`);
  const folder = join(platform().state, 'log');
  const lines = async () => {
    const files = (await readdir(folder)).filter((name) => name.startsWith('worker-'));
    return (await Promise.all(files.map((name) => readFile(join(folder, name), 'utf8')))).join('').split('\n').filter((line) => line.includes(reply.json.id));
  };
  const [line] = await until(async () => { const found = await lines(); return found.length && found; }, { what: 'a worker has logged it' });
  assert.equal(JSON.parse(line).request_id, reply.headers.get('x-request-id'));
});

test('only the system administrator sees the queues', async () => {
  for (const role of ['unit_filler', 'leader', 'security_admin', 'audit_admin']) problem(await (await signIn(role)).get('/jobs', { expect: 'any' }), 403, 'forbidden');
});
