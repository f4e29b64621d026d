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

  const told = async (who) => (await who.get('/notices', { query: { size: 200 } })).json.items.filter((n) => n.title === draft.title).map((n) => n.event).reverse();
  assert.deepEqual(await told(unit), ['dispatch.arrived', 'dispatch.returned', 'dispatch.accepted'], 'the unit learns of each step of the office, once');
  assert.deepEqual(await told(other), []);
  assert.deepEqual((await told(analyst)).sort(), ['feedback.arrived', 'feedback.arrived', 'warning.approved', 'warning.published']);
});

test('a warning goes to all units of a region and says n of N', async () => {
  const [analyst, leader] = await Promise.all([signIn('analyst'), signIn('leader')]);
  const { region_code } = (await analyst.get(`/orgs/${(await signIn('unit_filler')).user.org_id}`)).json;
  const { json: draft } = await analyst.post('/warnings', {
    title: `区域预警 ${newKey()}`, kind_code: 'vulnerability', level: 4, content: '请排查', targets: { orgs: [], regions: [`${region_code.slice(0, 4)}00`], sectors: [] },
  });
  const path = `/warnings/${draft.id}`;
  const { reach } = (await analyst.get(path)).json;
  assert.ok(reach > 1, `${reach} units`);
  await analyst.post(`${path}/submit`, {});
  await leader.post(`${path}/approve`, {});
  const seen = [(await analyst.post(`${path}/publish`, {})).json.publication];
  const done = await until(async () => { const { json } = await analyst.get(path); seen.push(json.publication); return json.state === 'published' && json; }, { every: 10, what: 'the warning is published' });
  for (const [i, { done: n, total }] of seen.entries()) assert.ok(total === reach && n <= reach && (!i || n >= seen[i - 1].done), JSON.stringify(seen));
  assert.deepEqual([done.publication.done, done.publication.total, done.publication.state, done.counts.total], [reach, reach, 'done', reach]);
  const { json: sent } = await analyst.get(`${path}/dispatches`, { query: { size: 200 } });
  assert.equal(new Set(sent.items.map((d) => d.org_id)).size, reach, 'each unit once');
});

test('the overview counts the open warnings', async () => {
  const leader = await signIn('leader');
  const first = await leader.get('/situation/overview');
  assert.ok(first.json.counters.open_warnings);
});
