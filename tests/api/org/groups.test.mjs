// Management groups: members by hand and by rule, of the platform and of a sub-system, as targets of warnings.
import { assert, before, newKey, platform, problem, signIn, test } from '../lib/harness.mjs';

const tag = newKey().slice(0, 8);
let system; let analyst; let nodes;
before(async () => {
  system = await signIn('system_admin');
  analyst = await signIn('analyst');
  nodes = (await system.get('/orgs/tree')).json.items;
});
const units = () => nodes.filter((n) => !n.is_office && n.state === 'active' && n.sector_code);
const members = async (who, id) => (await who.get(`/groups/${id}/members`, { query: { size: 200 } })).json.items;
const make = async (who, body) => (await who.post('/groups', { name: `组 ${newKey().slice(0, 8)}`, ...body })).json;

test('members are found by hand and by rule; an office only by hand; who is kept out stays out', async () => {
  const [one] = units();
  const office = nodes.find((n) => n.is_office && n.depth === 2);
  const bySector = units().filter((n) => n.sector_code === one.sector_code).map((n) => n.id);
  const g = await make(system, { orgs: [office.id], rule: { sectors: [one.sector_code] } });
  assert.deepEqual((await members(system, g.id)).map((m) => m.id).sort(), [...bySector, office.id].sort());
  const { json: less } = await system.put(`/groups/${g.id}`, { version: g.version, name: g.name, excluded: [one.id], rule: { sectors: [one.sector_code], levels: ['1', '2', '3', '4', '5'] } });
  assert.deepEqual((await members(system, g.id)).map((m) => m.id).sort(), bySector.filter((id) => id !== one.id).sort());
  problem(await system.put(`/groups/${g.id}`, { version: g.version, name: g.name, orgs: [one.id] }, { expect: 'any' }), 409, 'stale_version');
  // A region is its code and all below it.
  const { json: place } = await system.put(`/groups/${g.id}`, { version: less.version, name: g.name, rule: { regions: ['530000'], sectors: [one.sector_code] } });
  assert.equal((await members(system, g.id)).length, bySector.length);
  assert.deepEqual(place.rule.regions, ['530000']);
  await system.del(`/groups/${g.id}`);
  problem(await system.get(`/groups/${g.id}`, { expect: 'any' }), 404, 'not_found');
});

test('what is empty, unknown, doubled or contradictory is refused by field', async () => {
  const [one] = units();
  const say = async (body, field, code = 'invalid', status = 422) => problem(await system.post('/groups', { name: `x ${tag}`, ...body }, { expect: 'any' }), status, code, field);
  await say({}, 'orgs');
  await say({ rule: { sectors: [] } }, 'rule');
  await say({ orgs: ['019acb9e-0000-7000-8000-000000000000'] }, 'orgs');
  await say({ orgs: [one.id], excluded: [one.id], rule: { sectors: ['01'] } }, 'excluded');
  await say({ rule: { sectors: ['nix'] } }, 'rule/sectors/0');
  await say({ rule: { regions: ['999999'] } }, 'rule/regions/0');
  await say({ name: '   ', orgs: [one.id] }, 'name');
  const g = await make(system, { name: `同名 ${tag}`, orgs: [one.id] });
  await say({ name: `同名 ${tag}`, orgs: [one.id] }, 'name', 'duplicate', 409);
  await system.del(`/groups/${g.id}`);
});

test('Z02 a unit sees of a group only what lies in its scope; a sub-system has groups of its own, within itself', async () => {
  const root = nodes.find((n) => !n.parent_id);
  const prefecture = nodes.find((n) => n.is_office && n.parent_id === root.id && units().some((u) => u.parent_id === n.id));
  const inside = units().filter((u) => u.parent_id === prefecture.id);
  const outside = units().find((u) => u.parent_id !== prefecture.id);
  const org = (await system.get(`/orgs/${prefecture.id}`)).json;
  const was = (await system.get('/realms')).json.items.some((z) => z.id === prefecture.id);
  if (!was) await system.put(`/realms/${prefecture.id}`, { active: true, version: org.version });
  problem(await system.post('/groups', { name: `z ${tag}`, realm: prefecture.id, orgs: [outside.id] }, { expect: 'any' }), 422, 'invalid', 'orgs');
  const g = await make(system, { realm: prefecture.id, rule: { levels: ['1', '2', '3', '4', '5'] } });
  const found = (await members(system, g.id)).map((m) => m.id);
  assert.ok(inside.every((u) => found.includes(u.id)) && !found.includes(outside.id));
  await system.del(`/groups/${g.id}`);
  if (!was) await system.put(`/realms/${prefecture.id}`, { active: false, version: (await system.get(`/orgs/${prefecture.id}`)).json.version });
});

test('a warning goes to whoever is in the group at publication, each once', async () => {
  const [one, two] = units();
  const g = await make(analyst, { orgs: [one.id] });
  const { json: w } = await analyst.post('/warnings', { title: `组预警 ${tag}`, kind_code: 'other', level: 4, content: '内容', targets: { orgs: [one.id], groups: [g.id] } });
  const read = async () => (await analyst.get(`/warnings/${w.id}`)).json;
  assert.deepEqual([(await read()).reach, (await read()).targets.groups], [1, [{ id: g.id, name: g.name }]]);
  await analyst.put(`/groups/${g.id}`, { version: g.version, name: g.name, orgs: [one.id, two.id] });
  assert.equal((await read()).reach, 2);
  await analyst.post(`/warnings/${w.id}/submit`, {});
  const targets = await platform().sql(`SELECT org_id FROM warning_targets WHERE warning_id = '${w.id}'`);
  assert.deepEqual(targets.flat().sort(), [one.id, two.id].sort());
  problem(await analyst.post('/warnings', { title: 'x', kind_code: 'other', level: 4, content: 'x', targets: { groups: ['019acb9e-0000-7000-8000-000000000000'] } }, { expect: 'any' }), 422, 'invalid', 'targets');
});
