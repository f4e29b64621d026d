// Sub-systems: made and ended by the system administrator, inside its scope, and found from every place below.
import { assert, before, problem, signIn, test } from '../lib/harness.mjs';

let admin;
let nodes;
before(async () => {
  admin = await signIn('system_admin');
  nodes = (await admin.get('/orgs/tree')).json.items;
});
const org = async (id) => (await admin.get(`/orgs/${id}`)).json;
const realms = async () => (await admin.get('/realms')).json;

test('a sub-system is made, listed, ended; a stale version changes nothing', async () => {
  const taken = new Set((await realms()).items.map((r) => r.id));
  const { id } = nodes.find((n) => n.depth === 2 && n.is_office && !taken.has(n.id));
  const { version } = await org(id);
  await admin.put(`/realms/${id}`, { active: true, version });
  const made = (await realms()).items.find((r) => r.id === id);
  assert.equal(made.version, version + 1);
  problem(await admin.put(`/realms/${id}`, { active: false, version }, { expect: 'any' }), 409, 'stale_version');
  await admin.put(`/realms/${id}`, { active: false, version: made.version });
  assert.equal((await realms()).items.some((r) => r.id === id), false);
});

test('the root is the platform itself and no sub-system; its own part is for those who see everything', async () => {
  const root = nodes.find((n) => !n.parent_id);
  problem(await admin.put(`/realms/${root.id}`, { active: true, version: 1 }, { expect: 'any' }), 404, 'not_found');
  assert.equal((await realms()).platform, true);
  assert.equal((await (await signIn('unit_filler')).get('/realms')).json.platform, false);
});

test('nobody else makes one', async () => {
  const { id } = nodes.find((n) => n.depth === 2);
  for (const role of ['security_admin', 'audit_admin', 'unit_filler'])
    problem(await (await signIn(role)).put(`/realms/${id}`, { active: true, version: 1 }, { expect: 'any' }), 403, 'forbidden');
});
