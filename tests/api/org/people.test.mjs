// People: numbers rest sealed, are masked for whoever may not see them, and outlive a change that does not name them.
import { assert, platform, problem, signIn, test } from '../lib/harness.mjs';

test('a change leaves alone what it does not name, null takes it away', async () => {
  const [reviewer, filler] = await Promise.all([signIn('unit_reviewer'), signIn('unit_filler')]);
  const numbers = { phone: '0871-65123456', mobile: '13812345678', email: 'zhang.san@example.cn' };
  const { json: made } = await reviewer.post('/people', { org_id: reviewer.user.org_id, name: '张三', duty: 'liaison', title: '科长', ...numbers });
  const whole = async () => (await reviewer.get(`/people/${made.id}/contact`)).json;
  assert.deepEqual(await whole(), numbers);
  const { json: masked } = await filler.get(`/people/${made.id}`);
  assert.equal(masked.mobile, '138****5678');
  assert.ok(!masked.email.includes('zhang') && !masked.phone.includes('65123'));

  // Whoever sees the masked form saves the page: only what he changed.
  await filler.put(`/people/${made.id}`, { version: masked.version, name: '张三丰', duty: 'liaison' });
  const { json: kept } = await reviewer.get(`/people/${made.id}`);
  assert.deepEqual([kept.name, kept.title, await whole()], ['张三丰', '科长', numbers]);
  for (const field of ['mobile', 'email'])
    problem(await filler.put(`/people/${made.id}`, { version: kept.version, name: 'x', duty: 'liaison', [field]: masked[field] }, { expect: 422 }), 422, 'invalid', field);

  const { json: less } = await reviewer.put(`/people/${made.id}`, { version: kept.version, name: '张三丰', duty: 'liaison', title: null, email: null });
  assert.deepEqual([less.title, less.email, await whole()], [null, null, { ...numbers, email: null }]);
  const [[open]] = await platform().sql(`SELECT COUNT(*) FROM people WHERE id = '${made.id}' AND (CAST(mobile_secret AS CHAR) LIKE '%1381234%' OR CAST(phone_secret AS CHAR) LIKE '%65123%')`);
  assert.equal(open, '0');
  const [[audited]] = await platform().sql(`SELECT COUNT(*) FROM audit_log WHERE subject_id = '${made.id}' AND CONCAT(COALESCE(before_json, ''), COALESCE(after_json, '')) LIKE '%${numbers.mobile}%'`);
  assert.equal(audited, '0');
  await reviewer.del(`/people/${made.id}`);
});

test('whole numbers are read one at a time, with a row in the trail; a number finds its person', async () => {
  const [reviewer, filler, other] = await Promise.all([signIn('unit_reviewer'), signIn('unit_filler'), signIn('unit_reviewer', { n: 1 })]);
  const numbers = { phone: `0871-${String(Date.now()).slice(-8)}`, mobile: `139${String(Date.now()).slice(-8)}`, email: `li.${Date.now()}@example.cn` };
  const { json: made } = await reviewer.post('/people', { org_id: reviewer.user.org_id, name: '王五', duty: 'emergency', ...numbers });
  assert.equal(made.mobile, `139****${numbers.mobile.slice(-4)}`);
  for (const { json } of [await reviewer.get('/people', { query: { size: 200 } }), await filler.get('/people', { query: { size: 200 } })])
    assert.ok(json.items.every((p) => !p.mobile || p.mobile.includes('*')), 'lists are masked for everybody');
  const rows = async () => Number((await platform().sql(`SELECT COUNT(*) FROM audit_log WHERE action = 'person.contact' AND subject_id = '${made.id}' AND actor_user = '${reviewer.user.id}'`))[0][0]);
  assert.equal(await rows(), 0);
  assert.deepEqual((await reviewer.get(`/people/${made.id}/contact`)).json, numbers);
  assert.equal(await rows(), 1);
  problem(await filler.get(`/people/${made.id}/contact`, { expect: 'any' }), 403, 'forbidden');
  problem(await other.get(`/people/${made.id}/contact`, { expect: 'any' }), 404, 'not_found');
  for (const q of Object.values(numbers)) {
    assert.deepEqual((await filler.get('/people', { query: { q } })).json.items.map((p) => p.id), [made.id], q);
    assert.deepEqual((await filler.get('/people', { query: { q: q.slice(0, -1) } })).json.items, [], 'a part of it finds nobody');
    assert.deepEqual((await other.get('/people', { query: { q } })).json.items, []);
  }
  await reviewer.del(`/people/${made.id}`);
});

test('units that have named no liaison are found', async () => {
  const [analyst, reviewer] = await Promise.all([signIn('analyst'), signIn('unit_reviewer')]);
  const missing = async () => { const { json } = await analyst.get('/orgs', { query: { liaison: 'missing', size: 200 } }); return json; };
  const [[count]] = await platform().sql("SELECT COUNT(*) FROM orgs o WHERE state = 'active' AND NOT EXISTS (SELECT 1 FROM people p WHERE p.org_id = o.id AND duty = 'liaison')");
  assert.equal((await missing()).total, Number(count));
  const { json: made } = await reviewer.post('/people', { org_id: reviewer.user.org_id, name: '赵六', duty: 'liaison' });
  assert.ok(!(await missing()).items.some((o) => o.id === reviewer.user.org_id));
  await reviewer.del(`/people/${made.id}`);
});

test('another unit neither sees nor changes a person', async () => {
  const [one, two] = await Promise.all([signIn('unit_reviewer'), signIn('unit_reviewer', { n: 1 })]);
  const { json } = await one.post('/people', { org_id: one.user.org_id, name: '李四', duty: 'staff' });
  for (const [method, body] of [['GET'], ['PUT', { version: 1, name: 'x', duty: 'staff' }], ['DELETE']])
    problem(await two.request(method, `/people/${json.id}`, { json: body, expect: 404 }), 404, 'not_found');
  problem(await two.post('/people', { org_id: one.user.org_id, name: 'x', duty: 'staff' }, { expect: 422 }), 422, 'invalid', 'org_id');
  await one.del(`/people/${json.id}`);
});

test('organisations are listed by region, in each from the top of the tree, then by name', async () => {
  const system = await signIn('system_admin');
  const order = (where) => platform().sql(`SELECT id FROM orgs WHERE ${where} ORDER BY region_code, depth, name, id LIMIT 200`);
  const listed = async (query) => (await system.get('/orgs', { query: { size: 200, ...query } })).json.items.map((o) => o.id);
  assert.deepEqual(await listed(), (await order('TRUE')).flat());
  const [[root]] = await platform().sql('SELECT id FROM orgs WHERE parent_id IS NULL');
  assert.deepEqual(await listed({ parent: root }), (await order(`parent_id = '${root}'`)).flat());
  const plan = await platform().sql('EXPLAIN SELECT o.id FROM orgs o FORCE INDEX (ix_orgs_place_all) ORDER BY o.region_code, o.depth, o.name, o.id LIMIT 0, 20');
  assert.doesNotMatch(plan.flat().join(), /filesort/);
});
