// The N-th call of a function fails, for N = 1, 2, ... until a request gets through without meeting it (F20). Whatever fails, the
// client gets a clean error or one 502, the same request sent again with its key succeeds, and the record is there exactly once.
import { chmodSync, existsSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, assert, before, newKey, platform, signIn, test, until } from '../api/lib/harness.mjs';
import { apiWith, library } from './preload.mjs';

// Every N, or with DEEP unset each third one of what a request calls very often.
const STEP = process.env.DEEP ? 1 : 3;
const MOST = 120;
const CLEAN = [500, 502, 503, 507];
let fuse;
let end;
let unit;
before(async () => {
  unit = await signIn('unit_filler');
  fuse = join(platform().state, 'tmp/fail-at');
  end = await apiWith({ LD_PRELOAD: library('fail_at'), FAIL_AT: fuse });
});
after(async () => {
  rmSync(fuse, { force: true });
  await end?.();
});

/** Makes the N-th call fail for one request; true when the request met it. */
async function failing(name, n, send) {
  const aside = `${fuse}.new`;
  writeFileSync(aside, `${name} ${n}`);
  chmodSync(aside, 0o666); // the API is another user
  renameSync(aside, fuse);
  const reply = await send();
  const met = !existsSync(fuse);
  rmSync(fuse, { force: true });
  if (reply.status >= 300) {
    assert.ok(met, `${name} ${n}: ${reply.status} without a failure: ${reply.text.slice(0, 300)}`);
    assert.ok(CLEAN.includes(reply.status), `${name} ${n}: ${reply.status} ${reply.text.slice(0, 300)}`);
    if (reply.status !== 502) assert.match(reply.type, /^application\/problem\+json/, reply.text.slice(0, 300));
  }
  return { met, reply };
}

/** n = 1, 1 + step, ... as long as the request meets the failure; answers how many were met. */
async function each(name, step, run) {
  let met = 0;
  for (let n = 1; n < MOST * step; n += step) {
    if (!(await run(n)).met) return met;
    met++;
  }
  return met;
}

for (const [name, step, least] of [['mysql_stmt_execute', 1, 5], ['mysql_real_query', 1, 2], ['redisGetReply', 1, 2], ['malloc', 15 * STEP, 2]])
  test(`${name} fails while an asset is made`, async (t) => {
    const met = await each(name, step, async (n) => {
      const label = `fail ${newKey()}`;
      const body = { class_code: 'hardware', category_code: '01.01', name: label, addresses: [{ kind: 'ip', value: '10.67.1.1' }] };
      const key = newKey();
      const who = await signIn('unit_filler'); // a session that no child knows yet
      const outcome = await failing(name, n, () => who.post('/assets', body, { key, expect: 'any' }));
      const again = await until(async () => { const r = await who.post('/assets', body, { key, expect: 'any' }); return r.status === 201 && r; }, { every: 20, what: `${name} ${n}: the repetition succeeds` });
      const { items } = (await unit.get('/assets', { query: { q: label } })).json;
      assert.deepEqual(items.map((a) => a.id), [again.json.id], `${name} ${n}`);
      assert.deepEqual((await unit.get(`/assets/${again.json.id}/history`)).json.items.map((h) => h.action), ['asset.create'], `${name} ${n}`);
      return outcome;
    });
    t.diagnostic(`${met} places`);
    assert.ok(met >= least, `only ${met} calls were met`);
  });

for (const [name, step, least] of [['open', 1, 1], ['write', 1, 1], ['fsync', 1, 1]])
  test(`${name} fails while a file is uploaded: nothing half is kept`, async (t) => {
    const content = 'x'.repeat(70_000);
    const met = await each(name, step, async (n) => {
      const outcome = await failing(name, n, () => unit.upload('/files', { name: `${name}-${n}.txt`, content: content + n }, { expect: 'any' }));
      const { json: file } = await until(async () => { const r = await unit.upload('/files', { name: `${name}-${n}.txt`, content: content + n }, { expect: 'any' }); return r.status === 201 && r; }, { every: 20, what: `${name} ${n}: it succeeds again` });
      assert.equal((await unit.get(`/files/${file.id}`)).text, content + n, `${name} ${n}`);
      return outcome;
    });
    t.diagnostic(`${met} places`);
    assert.ok(met >= least, `only ${met} calls were met`);
  });
