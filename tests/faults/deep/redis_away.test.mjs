// Both Redis are away for five minutes (F09): people sign in and out, read and write; who was signed out stays out; guessing is still
// counted; work that was asked for is done; and nobody waits longer than two seconds.
import { performance } from 'node:perf_hooks';
import { after, assert, before, jobDone, newKey, platform, problem, signIn, test, until } from '../../api/lib/harness.mjs';
import { makeAccount } from '../../api/lib/accounts.mjs';

const AWAY_MS = Number(process.env.REDIS_AWAY_MS ?? 300_000);
const LIMIT_MS = 2000;
const any = { expect: 'any' };
const parts = ['cache', 'queue'];
let unit, gone;
before(async () => {
  unit = await signIn('unit_filler');
  gone = await signIn('unit_filler');
});
after(async () => { for (const part of parts) await platform().start(part); });

test(`F09 both Redis are away for ${AWAY_MS / 1000} s`, { timeout: AWAY_MS + 120_000 }, async (t) => {
  const { id: _, ...account } = await makeAccount('unit_filler', { org: unit.user.org_id });
  for (const part of parts) await platform().kill(part);
  const began = performance.now();
  let longest = 0, requests = 0;
  const timed = async (call) => {
    const at = performance.now();
    const reply = await call();
    const took = performance.now() - at;
    requests++;
    if (took > longest) longest = took;
    assert.ok(took < LIMIT_MS, `${reply.what}: ${Math.round(took)} ms`);
    return reply;
  };
  await timed(() => gone.del('/session'));
  const jobs = [];
  for (let round = 0; performance.now() - began < AWAY_MS; round++) {
    assert.equal((await timed(() => unit.get('/assets', { query: { size: 20 } }))).status, 200);
    assert.equal((await timed(() => unit.get('/situation/overview'))).status, 200);
    assert.equal((await timed(() => unit.post('/assets', { class_code: 'hardware', category_code: '01.01', name: `无缓存 ${newKey()}` }))).status, 201);
    assert.equal((await timed(() => gone.get('/session', any))).status, 401, 'who signed out stays out');
    if (round % 20 === 0) {
      const fresh = await timed(() => platform().client().post('/session', account, any));
      assert.equal(fresh.status, 200, fresh.text);
      if (jobs.length < 5) jobs.push((await timed(() => unit.post('/assets/exports', { format: 'csv', q: 'x' }))).json.id);
    }
  }
  for (const id of jobs) await jobDone(unit, `/imports/${id}`);
  // Five wrong passwords lock an account although nothing but the database counts them.
  const { id: _id, ...guessed } = await makeAccount('unit_filler', { org: unit.user.org_id });
  for (let i = 0; i < 5; i++) await timed(() => platform().client().post('/session', { ...guessed, password: `wrong-${i}` }, any));
  problem(await timed(() => platform().client().post('/session', guessed, any)), 429, 'locked');
  t.diagnostic(`${requests} requests, the longest took ${Math.round(longest)} ms`);
});

test('F09 with Redis back everything goes on', async () => {
  for (const part of parts) await platform().start(part);
  const { json } = await until(async () => unit.post('/assets/exports', { format: 'csv', q: 'x' }));
  await jobDone(unit, `/imports/${json.id}`);
  assert.equal((await gone.get('/session', any)).status, 401);
});
