// From a draft to a closed warning, as four people.
import { assert, newKey, problem, signIn, test, until } from '../lib/harness.mjs';

test('a warning is drafted, approved by another, published, signed, returned, accepted and closes', async () => {
  const [analyst, leader, unit, other] = await Promise.all([signIn('analyst'), signIn('leader'), signIn('unit_filler'), signIn('unit_filler', { n: 1 })]);
  const org = (await unit.get('/session')).json.user.org_id;
  const { json: draft } = await analyst.post('/warnings', {
    title: `测试预警 ${newKey()}`, kind_code: 'vulnerability', level: 2, content: '请排查', targets: { orgs: [org], regions: [], sectors: [] },
  });
  const path = `/warnings/${draft.id}`;
  await analyst.post(`${path}/submit`, {});
  problem(await analyst.post(`${path}/approve`, {}, { expect: 403 }), 403, 'forbidden');
  await leader.post(`${path}/approve`, { opinion: '同意' });
  await analyst.post(`${path}/publish`, {});
  await until(async () => (await analyst.get(path)).json.state === 'published', { what: 'the warning is published' });

  const mine = (await unit.get('/dispatches', { query: { mine: 'todo', q: draft.title } })).json.items;
  assert.equal(mine.length, 1);
  const dispatch = `/dispatches/${mine[0].id}`;
  problem(await other.get(dispatch, { expect: 404 }), 404, 'not_found');
  problem(await other.post(`${dispatch}/sign`, {}, { expect: 404 }), 404, 'not_found');

  const signed = await Promise.all(Array.from({ length: 20 }, () => unit.post(`${dispatch}/sign`, {}, { expect: [200, 409, 503] })));
  assert.equal(signed.filter((r) => r.status === 200).length, 1, 'one signature wins');
  await unit.post(`${dispatch}/feedback`, { result: 'handled', text: '已升级' });
  await analyst.post(`${dispatch}/return`, { opinion: '请补充' });
  await unit.post(`${dispatch}/feedback`, { result: 'handled', text: '已补充' });
  await analyst.post(`${dispatch}/accept`, {});
  assert.equal((await analyst.get(path)).json.state, 'closed');
  problem(await unit.post(`${dispatch}/feedback`, { result: 'handled', text: 'x' }, { expect: 409 }), 409, 'conflict');
});

test('the overview counts the open warnings', async () => {
  const leader = await signIn('leader');
  const first = await leader.get('/situation/overview');
  assert.ok(first.json.counters.open_warnings);
});
