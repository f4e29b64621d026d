// Who answers for what: stated by sector, region or unit, derived for each unit with its evidence, with gaps and overlaps.
import { assert, before, newKey, problem, signIn, test } from '../lib/harness.mjs';

let system; let nodes; let unit; let office;
const made = [];
before(async () => {
  system = await signIn('system_admin');
  nodes = (await system.get('/orgs/tree')).json.items;
  unit = nodes.find((n) => !n.is_office && n.sector_code && n.state === 'active');
  office = nodes.find((n) => !n.parent_id);
});
const add = async (body) => {
  const { json } = await system.post('/responsibilities', { org_id: office.id, kind: 'supervise', ...body });
  made.push(json);
  return json;
};
const drop = async (r) => system.del(`/responsibilities/${r.id}`);
const mapped = async (id, query = {}) => (await system.get('/responsibility-map', { query: { org: id, ...query } })).json.items[0];
const ids = async (query) => (await system.get('/responsibility-map', { query: { size: 200, ...query } })).json.items.map((u) => u.id);

test('a unit is supervised by sector, by region, by itself or from above, each with its evidence', async () => {
  const before_ = (await mapped(unit.id)).holders.length;
  const bySector = await add({ target_sector: unit.sector_code, basis: `办法 ${newKey()}` });
  const byRegion = await add({ target_region: `${unit.region_code.slice(0, 4)}00`, kind: 'charge' });
  const byUnit = await add({ target_org_id: unit.parent_id, kind: 'charge', office: 'emergency' });
  const elsewhere = await add({ target_sector: unit.sector_code, target_region: unit.region_code.startsWith('5301') ? '530300' : '530100', kind: 'subject' });
  const now = await mapped(unit.id);
  assert.equal(now.holders.length, before_ + 3, 'all that a target names must hold');
  assert.ok(now.holders.some((h) => h.kind === 'supervise' && h.by_sector === unit.sector_code && h.basis === bySector.basis));
  assert.ok(now.holders.some((h) => h.by_region === byRegion.target_region && h.kind === 'charge'));
  assert.ok(now.holders.some((h) => h.by_org_id === unit.parent_id && h.office === 'emergency'));
  assert.equal(now.unsupervised, false);
  const sectors = (await system.get('/responsibility-map/sectors')).json.items;
  const row = sectors.find((s) => s.sector_code === unit.sector_code);
  assert.deepEqual([row.unsupervised, row.units], [0, nodes.filter((n) => !n.is_office && n.state === 'active' && n.sector_code === unit.sector_code).length]);
  assert.ok(row.holders.some((h) => h.org_id === office.id));
  for (const r of [bySector, byRegion, byUnit, elsewhere]) await drop(r);
});

test('gaps and overlaps are found; what is not in force does not count', async () => {
  const other = nodes.find((n) => n.is_office && n.parent_id === office.id);
  const past = await add({ target_org_id: unit.id, valid_from: '2020-01-01', valid_to: '2020-12-31' });
  assert.equal((await mapped(unit.id)).unsupervised, true);
  assert.ok((await ids({ gap: 'unsupervised' })).includes(unit.id));
  const one = await add({ target_org_id: unit.id });
  assert.equal((await ids({ gap: 'unsupervised' })).includes(unit.id), false);
  assert.equal((await mapped(unit.id)).several, false);
  const two = await add({ org_id: other.id, target_org_id: unit.id });
  assert.deepEqual([(await mapped(unit.id)).several, (await ids({ gap: 'several' })).includes(unit.id)], [true, true]);
  for (const r of [past, one, two]) await drop(r);
});

test('what is unknown, empty or backwards is refused by field; twice the same is a duplicate', async () => {
  const say = async (body, field, status = 422, code = 'invalid') => problem(await system.post('/responsibilities', { org_id: office.id, kind: 'supervise', ...body }, { expect: 'any' }), status, code, field);
  await say({}, 'target_org_id');
  await say({ target_sector: 'nix' }, 'target_sector');
  await say({ target_region: '999999' }, 'target_region');
  await say({ target_sector: '01', valid_from: '2026-02-01', valid_to: '2026-01-01' }, 'valid_to');
  await say({ target_sector: '01', org_id: '019acb9e-0000-7000-8000-000000000000' }, 'org_id');
  const r = await add({ target_org_id: unit.id, valid_from: '2026-01-01' });
  await say({ target_org_id: unit.id, valid_from: '2026-01-01' }, 'org_id', 409, 'duplicate');
  const { json: changed } = await system.put(`/responsibilities/${r.id}`, { version: r.version, kind: 'charge', target_org_id: unit.id, valid_from: '2026-01-01' });
  problem(await system.put(`/responsibilities/${r.id}`, { version: r.version, kind: 'charge', target_org_id: unit.id, valid_from: '2026-01-01' }, { expect: 'any' }), 409, 'stale_version');
  assert.equal(changed.kind, 'charge');
  await drop(r);
});

test('Z02 a unit sees who answers for it, and no other unit', async () => {
  const filler = await signIn('unit_filler');
  const { json } = await filler.get('/responsibility-map');
  assert.deepEqual(json.items.map((u) => u.id), [filler.user.org_id]);
  assert.deepEqual((await filler.get('/responsibility-map/sectors')).json.items.map((s) => s.units), [1]);
  problem(await filler.post('/responsibilities', { org_id: filler.user.org_id, kind: 'subject', target_org_id: filler.user.org_id }, { expect: 'any' }), 403, 'forbidden');
});
