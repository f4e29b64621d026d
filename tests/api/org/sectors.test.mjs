// Sectors: one list for the whole platform, edited by the system administrator; what is used is retired, not deleted.
import { assert, before, newKey, problem, signIn, test } from '../lib/harness.mjs';

let system;
before(async () => { system = await signIn('system_admin'); });
const code = () => `t${newKey().slice(0, 8)}`;
const listed = async (all) => (await system.get('/sectors', { query: all ? { all: true } : {} })).json.items.map((s) => s.code);

test('a sector is added, renamed, retired and deleted; retired ones are not offered', async () => {
  const c = code();
  const { json: made } = await system.post('/sectors', { code: c, label_zh: '测试行业', label_en: 'Test sector', sort_order: 900 });
  assert.equal(made.shipped, false);
  problem(await system.post('/sectors', { code: c, label_zh: 'x', label_en: 'x' }, { expect: 'any' }), 409, 'duplicate', 'code');
  const { json: retired } = await system.put(`/sectors/${c}`, { version: made.version, label_zh: '测试', label_en: 'Test', state: 'retired' });
  problem(await system.put(`/sectors/${c}`, { version: made.version, label_zh: 'x', label_en: 'x', state: 'active' }, { expect: 'any' }), 409, 'stale_version');
  assert.equal(retired.label_zh, '测试');
  assert.deepEqual([(await listed()).includes(c), (await listed(true)).includes(c)], [false, true]);
  await system.del(`/sectors/${c}`);
  assert.equal((await listed(true)).includes(c), false);
  problem(await system.put(`/sectors/${c}`, { version: 1, label_zh: 'x', label_en: 'x', state: 'active' }, { expect: 'any' }), 404, 'not_found');
});

test('a used or shipped sector stays; a unit keeps a retired one and takes no other', async () => {
  const c = code();
  const root = (await system.get('/orgs/tree')).json.items.find((n) => !n.parent_id);
  let { json: s } = await system.post('/sectors', { code: c, label_zh: '在用', label_en: 'Used' });
  const body = { name: `行业单位 ${c}`, org_type: '03', org_level: '4', region_code: '530100' };
  const { json: org } = await system.post('/orgs', { ...body, parent_id: root.id, sector_code: c });
  assert.equal((await system.get(`/sectors/${c}/usage`)).json.orgs, 1);
  problem(await system.del(`/sectors/${c}`, { expect: 'any' }), 409, 'in_use');
  problem(await system.del('/sectors/01', { expect: 'any' }), 409, 'in_use');
  s = (await system.put(`/sectors/${c}`, { version: s.version, label_zh: '在用', label_en: 'Used', state: 'retired' })).json;
  const { json: kept } = await system.put(`/orgs/${org.id}`, { ...body, version: org.version, sector_code: c });
  assert.equal(kept.sector_code, c);
  problem(await system.post('/orgs', { ...body, name: 'x', parent_id: root.id, sector_code: c }, { expect: 'any' }), 422, 'invalid', 'sector_code');
  await system.del(`/orgs/${org.id}`);
  await system.del(`/sectors/${c}`);
});

test('Z03 nobody else edits them, and nobody who does not see the whole platform', async () => {
  for (const role of ['security_admin', 'audit_admin', 'analyst', 'unit_filler'])
    problem(await (await signIn(role)).post('/sectors', { code: code(), label_zh: 'x', label_en: 'x' }, { expect: 'any' }), 403, 'forbidden');
});
