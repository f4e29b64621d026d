// The wall clock is wrong (F18), and what an old clock wrote is old: deleting old audit records takes two administrators, leaves
// what is young, and the rest still verifies (A04).
import { assert, before, newKey, platform, problem, signIn, test, until } from '../api/lib/harness.mjs';
import { apiWith, ctlWith, library } from './preload.mjs';

const DAY = 86_400;
const any = { expect: 'any' };
let shifted;
let env;
before(() => {
  const path = library('clock_shift');
  env = (seconds) => ({ LD_PRELOAD: path, CLOCK_SHIFT: String(seconds) });
  shifted = async (seconds, work) => {
    const end = await apiWith(env(seconds));
    try {
      return await work();
    } finally {
      await end();
    }
  };
});
const asset = (client, name) => client.post('/assets', { class_code: 'hardware', category_code: '01.01', name, addresses: [] }, any);
const verify = async () => {
  try {
    return JSON.parse(await platform().ctl('audit', 'verify'));
  } catch (error) {
    return JSON.parse(error.stdout);
  }
};

test('a clock a day ahead ends sessions and tokens, one two hours back ends nobody; the trail keeps its order (F18)', async () => {
  const [unit, system] = [await signIn('unit_filler'), await platform().machine({ n: 1 })];
  await shifted(DAY, async () => {
    problem(await unit.get('/assets', any), 401, 'unauthenticated');
    problem(await system.get('/assets', any), 401, 'token_invalid');
    assert.equal((await asset(await signIn('unit_filler'), `ahead ${newKey()}`)).status, 201);
  });
  const again = await signIn('unit_filler');
  await shifted(-2 * 3600, async () => {
    assert.equal((await again.get('/assets')).status, 200);
    assert.equal((await asset(again, `back ${newKey()}`)).status, 201);
  });
  assert.equal((await again.get('/assets')).status, 200);
  const report = await verify();
  assert.ok(report.ok, JSON.stringify(report.problems));
});

test('old records go by two administrators, young ones stay, what is left verifies (A04)', async () => {
  const stack = platform();
  await stack.stop('worker');
  const name = `old ${newKey()}`;
  const ids = [];
  await shifted(-200 * DAY, async () => {
    const unit = await signIn('unit_filler');
    for (let i = 0; i < 5; i++) ids.push((await asset(unit, `${name} ${i}`)).json.id);
  });
  ctlWith(env(-200 * DAY), 'audit', 'seal');
  await stack.start('worker');
  const list = ids.map((id) => `'${id}'`);
  const rows = async () => Number((await stack.sql(`SELECT COUNT(*) FROM audit_log WHERE subject_id IN (${list}) AND action = 'asset.create'`))[0][0]);
  const total = async () => Number((await stack.sql('SELECT COUNT(*) FROM audit_log WHERE at > UTC_TIMESTAMP(6) - INTERVAL 180 DAY'))[0][0]);
  assert.equal(await rows(), 5);
  await until(async () => (await stack.sql(`SELECT COUNT(*) FROM audit_segments s JOIN audit_log l ON l.segment = s.id WHERE l.subject_id IN (${list}) AND NOT s.final`))[0][0] === '0', { what: 'the old segments are final' });

  const [system, audit, security, analyst] = await Promise.all(['system_admin', 'audit_admin', 'security_admin', 'analyst'].map((r) => signIn(r)));
  const ago = (days) => new Date(Date.now() - days * DAY * 1000).toISOString();
  const ask = (client, days) => client.post('/audit/purges', { before: ago(days), reason: '超过留存期' }, any);
  problem(await ask(system, 179), 422, 'invalid', 'before');
  for (const other of [audit, security, analyst]) problem(await ask(other, 190), 403, 'forbidden');
  const { json: { id: refused } } = await ask(system, 190);
  problem(await ask(system, 195), 409, 'conflict');
  for (const other of [system, security, analyst]) problem(await other.post(`/audit/purges/${refused}/approve`, undefined, any), 403, 'forbidden');
  assert.ok((await audit.get('/notices?event=audit.purge_asked')).json.items.some((n) => n.subject_id === refused), 'the audit administrator is told');
  await audit.post(`/audit/purges/${refused}/reject`);
  problem(await audit.post(`/audit/purges/${refused}/approve`, undefined, any), 404, 'not_found');
  assert.equal(await rows(), 5);

  const { json: { id } } = await ask(system, 190);
  const young = await total();
  await audit.post(`/audit/purges/${id}/approve`);
  const done = await until(async () => (await audit.get('/audit/purges')).json.items.find((p) => p.id === id && p.state === 'done'), { what: 'they are deleted' });
  assert.ok(done.deleted >= 5, `${done.deleted} rows`);
  assert.equal(await rows(), 0);
  assert.ok(await total() > young, 'no young record is gone');
  const report = await verify();
  assert.ok(report.ok, JSON.stringify(report.problems));
  const acts = (await stack.sql(`SELECT action FROM audit_log WHERE subject_kind = 'audit_purge' AND subject_id = '${id}' ORDER BY at`)).map(([a]) => a);
  assert.deepEqual(acts, ['audit.purge.ask', 'audit.purge.approve', 'audit.purged']);

  // Whoever owns the database stretches the decision, or deletes a young segment under its cover.
  const [[before_at]] = await stack.sql(`SELECT before_at FROM audit_purges WHERE id = '${id}'`);
  await stack.sql(`UPDATE audit_purges SET before_at = UTC_TIMESTAMP(6) WHERE id = '${id}'`);
  const forged = await verify();
  assert.ok(forged.problems.some((p) => p.kind === 'purge_forged') && forged.problems.some((p) => p.kind === 'cut'), JSON.stringify(forged.problems));
  await stack.sql(`UPDATE audit_purges SET before_at = '${before_at}' WHERE id = '${id}'`);
  assert.ok((await verify()).ok);
});
