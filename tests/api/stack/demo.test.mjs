// The demonstration: accounts for every role, most units in time, and gone with one command, after which the platform begins anew.
import { after, assert, before, newKey, problem, startStack, test, until } from '../lib/harness.mjs';

// What one person may ask here a second, and at once.
const RATE = 5;
const BURST = 40;

let stack;
before(async () => {
  stack = await startStack({ DEMO: '1', WORKERS: '1', API_CHILDREN: '2', SLOW_CHILDREN: '1', PERSON_RATE: `${RATE}/${BURST}`, CLIENT_RATE: '500/2000' });
});
after(() => stack?.remove());

test('it has accounts for all roles and three units, and a province that mostly answers in time', async () => {
  const { accounts } = await stack.credentials();
  for (const role of ['unit_filler', 'unit_reviewer', 'analyst', 'leader', 'system_admin', 'security_admin', 'audit_admin']) {
    assert.ok(accounts.some((a) => a.role === role), role);
  }
  assert.equal(new Set(accounts.filter((a) => a.role === 'unit_filler').map((a) => a.org)).size, 3);
  const leader = await stack.signIn('leader');
  const { counters } = (await leader.get('/situation/overview')).json;
  assert.ok(counters.on_time_rate.value > 80 && counters.on_time_rate.value < 97, `in time: ${counters.on_time_rate.value} %`);
  for (const state of ['draft', 'review', 'approved', 'rejected', 'published', 'closed', 'withdrawn']) {
    assert.ok((await leader.get('/warnings', { query: { state, size: 1 } })).json.total > 0, state);
  }
});

test('who asks too often is told when to ask again: one account, by all children together', async () => {
  const [unit, other, system] = await Promise.all([stack.signIn('unit_filler'), stack.signIn('unit_filler', { n: 1 }), stack.machine()]);
  const ask = (client, path, n) => Promise.all(Array.from({ length: n }, () => client.get(path, { expect: 'any' })));
  const began = performance.now();
  const replies = await ask(unit, '/session', 300);
  const passed = replies.filter((r) => r.status === 200).length;
  const most = BURST + RATE * (1 + (performance.now() - began) / 1000);
  assert.ok(passed >= BURST && passed <= most, `${passed} passed, at most ${most}`);
  const [refused] = replies.filter((r) => r.status === 429);
  problem(refused, 429, 'rate_limited');
  const wait = Number(refused.headers.get('retry-after'));
  assert.ok(wait >= 1 && wait <= 60, `${wait}`);
  assert.equal((await other.get('/session')).status, 200);
  assert.ok((await ask(system, '/assets?size=1', 100)).every((r) => r.status === 200), 'systems may ask more often');
  await until(async () => (await unit.get('/session', { expect: 'any' })).status === 200, { every: wait * 1000, what: 'served again' });
  const { paths } = (await unit.get('/openapi.json')).json;
  assert.ok(paths['/api/v1/assets'].get.responses['429']);
});

test('one command removes it with what was done in it, and leaves an administrator to begin with', async () => {
  const [analyst, leader, unit] = await Promise.all([stack.signIn('analyst'), stack.signIn('leader'), stack.signIn('unit_filler')]);
  const { json: draft } = await analyst.post('/warnings', {
    title: `演示 ${newKey()}`, kind_code: 'attack', level: 3, content: '请排查', targets: { orgs: [unit.user.org_id], regions: [], sectors: [] },
  });
  await analyst.post(`/warnings/${draft.id}/submit`, {});
  await leader.post(`/warnings/${draft.id}/approve`, {});
  await analyst.post(`/warnings/${draft.id}/publish`, {});
  await until(async () => (await analyst.get(`/warnings/${draft.id}`)).json.state === 'published', { every: 1000, what: 'published' });

  await stack.ctl('demo', 'remove');
  const tables = await stack.sql("SELECT table_name FROM information_schema.columns WHERE table_schema = 'tongchou' AND column_name = 'is_demo'");
  for (const [table] of tables) assert.deepEqual(await stack.sql(`SELECT COUNT(*) FROM ${table} WHERE is_demo`), [['0']], table);
  for (const table of ['warnings', 'dispatches', 'feedbacks', 'warning_timeline', 'tasks', 'assets', 'people']) {
    assert.deepEqual(await stack.sql(`SELECT COUNT(*) FROM ${table}`), [['0']], table);
  }
  await until(async () => (await analyst.get('/session', { expect: 'any' })).status === 401, { what: 'its people are signed out' });

  const first = await stack.signIn('setup_admin');
  assert.ok(first.permissions.includes('user.write'));
  assert.equal((await stack.credentials()).accounts.length, 1);
  assert.equal((await stack.sql('SELECT COUNT(*) FROM orgs'))[0][0], '1');
});
