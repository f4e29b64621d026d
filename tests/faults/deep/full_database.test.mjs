// The database's disk is full, although the platform keeps a reserve of it (F11): MariaDB refuses what needs room, and may end itself when
// it cannot roll back. Whatever it does, what was answered is there once there is room and it has been started, and the trail is whole.
import { chmodSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, assert, before, jobDone, newKey, platform, signIn, test, until } from '../../api/lib/harness.mjs';
import { databaseWith, library } from '../preload.mjs';

let full, unit, auditor, end;
before(async () => {
  full = join(platform().state, 'tmp/full');
  end = await databaseWith({ LD_PRELOAD: library('full'), FULL: full });
  [unit, auditor] = [await signIn('unit_filler'), await signIn('audit_admin')];
}, { timeout: 120_000 });
after(async () => {
  rmSync(full, { force: true });
  await end?.();
});

test('F11 the database runs full: what is not taken is refused in plain words, and nothing that was taken is lost', async (t) => {
  const label = newKey().slice(0, 8);
  const make = (n) => unit.post('/assets', { class_code: 'hardware', category_code: '01.01', name: `${label} ${n}`, remark: '满'.repeat(1900) }, { expect: 'any', key: newKey() });
  writeFileSync(full, `${platform().state}/db`);
  chmodSync(full, 0o666);
  const made = [];
  let refused;
  for (let n = 0; n < 20_000 && !refused; n++) {
    const reply = await make(n);
    if (reply.status === 201) made.push(reply.json.id);
    else refused = reply;
  }
  assert.ok([503, 507].includes(refused.status), refused.text);
  assert.match(refused.type, /^application\/problem\+json/);
  t.diagnostic(`${made.length} assets went into what was free, then ${refused.status}`);

  rmSync(full);
  await end();
  end = undefined;
  await until(async () => (await make('again')).status === 201, { what: 'it writes again' });
  for (const id of made) assert.equal((await unit.get(`/assets/${id}`)).status, 200);
  const { total } = (await unit.get('/assets', { query: { q: label, size: 1, total: 'exact' } })).json;
  assert.ok(total >= made.length + 1 && total <= made.length + 2, `${total} of ${made.length} and the last`);
  const { json } = await unit.post('/assets/exports', { format: 'csv', q: label });
  assert.equal((await jobDone(unit, `/imports/${json.id}`)).rows_done, total);
  await auditor.post('/audit/verifications');
  const { verification } = await until(async () => { const { json: s } = await auditor.get('/audit/status'); return ['done', 'failed'].includes(s.verification?.state) && s; }, { what: 'the trail was verified' });
  assert.equal(verification.state, 'done', JSON.stringify(verification));
  assert.deepEqual(verification.report.problems ?? [], []);
});
