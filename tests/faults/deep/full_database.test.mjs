// The database's disk is full (F11): whoever writes is told so and nothing half is written, reading goes on, and once there is room
// everything works again, jobs that waited included.
import { chmodSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, assert, before, jobDone, newKey, platform, problem, signIn, test, until } from '../../api/lib/harness.mjs';
import { databaseWith, library } from '../preload.mjs';

const any = { expect: 'any' };
let full, unit, waiting, end;
before(async () => {
  full = join(platform().state, 'tmp/full');
  end = await databaseWith({ LD_PRELOAD: library('full'), FULL: full });
  unit = await signIn('unit_filler');
}, { timeout: 120_000 });
after(async () => {
  rmSync(full, { force: true });
  await end?.();
});

const label = newKey().slice(0, 8);
const make = (n) => unit.post('/assets', { class_code: 'hardware', category_code: '01.01', name: `${label} ${n}`, remark: '满'.repeat(1900) }, { expect: 'any', key: newKey() });
const there = async () => (await unit.get('/assets', { query: { q: label, size: 1, total: 'exact' } })).json.total;

test('F11 the database runs full: writes are refused in plain words, reads go on', async (t) => {
  writeFileSync(full, `${platform().state}/db`);
  chmodSync(full, 0o666);
  let made = 0, refused;
  for (let n = 0; n < 20_000 && !refused; n++) {
    const reply = await make(n);
    if (reply.status === 201) made++;
    else refused = reply;
  }
  problem(refused, 507, 'no_room');
  t.diagnostic(`${made} assets went into what was free`);
  assert.equal(await there(), made, 'what was answered is there, and nothing else');
  for (let i = 0; i < 20; i++) assert.equal((await unit.get('/assets', { query: { size: 20 } })).status, 200);
  const { status } = await make('refused');
  assert.ok([201, 507].includes(status), `${status}`);
  waiting = made + (status === 201);
});

test('F11 with room again everything is written', async () => {
  rmSync(full);
  await until(async () => (await make('again')).status === 201, { what: 'it writes again' });
  assert.equal(await there(), waiting + 1);
  const { json } = await unit.post('/assets/exports', { format: 'csv', q: label });
  assert.equal((await jobDone(unit, `/imports/${json.id}`)).rows_done, waiting + 1);
  const auditor = await signIn('audit_admin');
  const { json: job } = await auditor.post('/audit/verifications', {}, any);
  if (job?.id) await until(async () => (await auditor.get('/audit/status')).json.verification?.state === 'done', { what: 'the trail was verified' });
  const { json: status } = await auditor.get('/audit/status');
  assert.deepEqual(status.verification?.report?.problems ?? [], []);
});
