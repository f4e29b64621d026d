// Moves: an organisation gets another parent, goes into another one, changes its sector. Its records, people and accounts follow,
// and at no moment somebody sees what is not his.
import { readFile } from 'node:fs/promises';
import { assert, before, jobDone, newKey, platform, problem, signIn, test } from '../lib/harness.mjs';
import { makeAccount } from '../lib/accounts.mjs';

let system; let root;
before(async () => {
  system = await signIn('system_admin');
  root = (await system.get('/orgs/tree')).json.items.find((n) => !n.parent_id);
});
const sql = (query) => platform().sql(query);
const LEVELS = [1, 2, 3, 4, 5, 6].map((i) => `org_l${i}`);
const org = async (id) => (await system.get(`/orgs/${id}`)).json;
const make = async (parent_id, more = {}) => (await system.post('/orgs', { parent_id, name: `移动 ${newKey().slice(0, 8)}`, org_type: '03', org_level: '4', region_code: '530100', ...more })).json;
const placed = async () => (await sql(`SELECT table_name FROM information_schema.columns WHERE table_schema = DATABASE() AND column_name = 'org_l1'`)).flat();
/** Tables that have rows of these organisations at another place than the organisation's own. */
async function misplaced(ids) {
  const wrong = [];
  for (const table of (await placed()).filter((t) => !['orgs', 'audit_log'].includes(t))) {
    const same = [...LEVELS, 'sector_code'].map((c) => `t.${c} <=> o.${c}`).join(' AND ');
    const [[n]] = await sql(`SELECT COUNT(*) FROM ${table} t JOIN orgs o ON o.id = t.org_id WHERE o.id IN (${ids.map((i) => `'${i}'`)}) AND NOT (${same})`);
    if (n !== '0') wrong.push(`${table}: ${n}`);
  }
  return wrong;
}
/** A unit with an account, assets, a person; signed in. */
async function settle(parent) {
  const unit = await make(parent, { sector_code: '02' });
  const account = await makeAccount('unit_filler', { org: unit.id });
  const filler = platform().client();
  await filler.signIn(account);
  const assets = [];
  for (let i = 0; i < 3; i++)
    assets.push((await filler.post('/assets', { class_code: 'hardware', category_code: '01.01', name: `随迁 ${newKey().slice(0, 8)}`, addresses: [{ kind: 'ip', value: `10.9.${i}.7` }] })).json.id);
  const { json: person } = await filler.post('/people', { org_id: unit.id, name: '随迁人员', duty: 'liaison' });
  return { unit, filler, account, assets, person };
}
async function look(at) {
  const account = await makeAccount('analyst', { org: at, scope: 'subtree' });
  const client = platform().client();
  await client.signIn(account);
  return client;
}
const sees = async (who, id) => (await who.get(`/assets/${id}`, { expect: 'any' })).status === 200;
const moveDone = (id) => jobDone(system, `/org-moves/${id}`);

test('no table is forgotten: each that carries a place is re-stamped, or says why it is not', async () => {
  const def = await readFile(new URL('../../../build/gen/restamp_tables.def', import.meta.url), 'utf8');
  const known = [...def.matchAll(/^(?:RESTAMP|REMAINS)\((\w+)/gm)].map((m) => m[1]);
  assert.deepEqual((await placed()).filter((t) => !known.includes(t)), [], 'scripts/gen-restamp.mjs has not found these tables in the migrations');
  for (const table of await placed()) {
    const columns = (await sql(`SELECT column_name FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = '${table}'`)).flat();
    assert.deepEqual([...LEVELS, 'org_id', 'sector_code'].filter((c) => !columns.includes(c)), [], table);
  }
});

test('Z02 a unit goes to another prefecture with all that belongs to it: one stops to see it, the other begins to', async () => {
  const [from, to] = [await make(root.id), await make(root.id)];
  const { unit, filler, account, assets, person } = await settle(from.id);
  const [there, here] = [await look(from.id), await look(to.id)];
  const { json: preview } = await system.get(`/orgs/${unit.id}/move-preview`, { query: { parent: to.id } });
  assert.deepEqual([preview.problem, preview.units, preview.depth, preview.accounts], [null, 1, 3, 1]);
  assert.equal(preview.rows.find((r) => r.kind === 'assets').count, 3);
  assert.deepEqual([preview.loses.map((s) => [s.org_id, s.accounts]), preview.gains.map((s) => [s.org_id, s.accounts])], [[[from.id, 1]], [[to.id, 1]]]);
  assert.deepEqual([await sees(there, assets[0]), await sees(here, assets[0])], [true, false]);
  problem(await system.post(`/orgs/${unit.id}/move`, { version: preview.version + 1, parent_id: to.id }, { expect: 'any' }), 409, 'stale_version');

  const { json: move } = await system.post(`/orgs/${unit.id}/move`, { version: preview.version, parent_id: to.id }, { expect: 202 });
  const done = await moveDone(move.id);
  assert.deepEqual([done.step, done.target_id, done.subject_id], ['done', to.id, unit.id]);
  assert.ok(done.updated >= 2 * (3 + 3 + 1), 'each row twice: assets, addresses, person');
  assert.deepEqual(await misplaced([unit.id]), []);
  assert.equal((await org(unit.id)).parent_id, to.id);
  for (const id of assets) assert.deepEqual([await sees(there, id), await sees(here, id)], [false, true]);
  assert.equal((await here.get(`/people/${person.id}`)).json.name, '随迁人员');
  assert.equal((await filler.get('/assets', { expect: 'any' })).status, 401, 'sessions of moved accounts end');
  await filler.signIn(account);
  assert.equal((await filler.get('/assets')).json.total, 3);
  const [[audited]] = await sql(`SELECT COUNT(*) FROM audit_log WHERE subject_id = '${unit.id}' AND action IN ('org.move', 'org.moved', 'org.restamped')`);
  assert.equal(audited, '3');
});

test('a whole branch goes one level down: the units below it as well', async () => {
  const [branch, to] = [await make(root.id), await make(root.id)];
  const { unit, assets } = await settle(branch.id);
  const { json: move } = await system.post(`/orgs/${branch.id}/move`, { version: (await org(branch.id)).version, parent_id: to.id }, { expect: 202 });
  await moveDone(move.id);
  assert.deepEqual([(await org(branch.id)).depth, (await org(unit.id)).depth], [3, 4]);
  assert.deepEqual(await misplaced([branch.id, unit.id]), []);
  const [[l2, l3, l4]] = await sql(`SELECT org_l2, org_l3, org_l4 FROM assets WHERE id = '${assets[0]}'`);
  assert.deepEqual([l2, l3, l4], [to.id, branch.id, unit.id]);
  const reader = await look(branch.id);
  assert.equal(await sees(reader, assets[0]), true, 'whoever runs the branch sees it at its new place');
});

test('one unit goes into another: records, people, accounts and units below follow; its name leads on', async () => {
  const office = await make(root.id);
  const [a, b] = [await settle(office.id), await settle(office.id)];
  const below = await make(a.unit.id);
  const { json: r } = await system.post('/responsibilities', { org_id: root.id, kind: 'supervise', target_org_id: a.unit.id });
  const { json: g } = await system.post('/groups', { name: `合并 ${newKey().slice(0, 8)}`, orgs: [a.unit.id] });
  const preview = (await system.get(`/orgs/${a.unit.id}/move-preview`, { query: { into: b.unit.id } })).json;
  assert.deepEqual([preview.problem, preview.units, preview.depth], [null, 2, 4]);
  const { json: move } = await system.post(`/orgs/${a.unit.id}/merge`, { version: preview.version, into_id: b.unit.id }, { expect: 202 });
  await moveDone(move.id);
  const left = await org(a.unit.id);
  assert.deepEqual([left.state, left.merged_into, left.merged_into_name], ['closed', b.unit.id, b.unit.name]);
  assert.equal((await org(below.id)).parent_id, b.unit.id);
  assert.deepEqual(await misplaced([a.unit.id, b.unit.id, below.id]), []);
  await b.filler.signIn(b.account);
  assert.equal((await b.filler.get('/assets')).json.total, 6);
  assert.equal((await b.filler.get('/people', { query: { org: b.unit.id } })).json.total, 2);
  const moved = platform().client();
  await moved.signIn(a.account);
  assert.equal(moved.user.org_id, b.unit.id);
  assert.deepEqual((await system.get(`/groups/${g.id}`)).json.orgs.map((o) => o.id), [b.unit.id]);
  assert.ok((await system.get('/responsibilities', { query: { q: b.unit.name } })).json.items.some((x) => x.id === r.id));
  await system.del(`/groups/${g.id}`);
  await system.del(`/responsibilities/${r.id}`);
});

test('another sector: accounts of the old one stop to see it, those of the new one begin to', async () => {
  const office = await make(root.id);
  const { unit, assets } = await settle(office.id);
  const { json: preview } = await system.get(`/orgs/${unit.id}/move-preview`, { query: { sector: '05' } });
  assert.deepEqual([preview.problem, preview.units], [null, 1]);
  problem(await system.put(`/orgs/${unit.id}`, { version: preview.version, name: unit.name, org_type: '03', org_level: '4', region_code: '530100', sector_code: '05' }, { expect: 'any' }), 409, 'in_use', 'sector_code');
  const { json: move } = await system.post(`/orgs/${unit.id}/sector`, { version: preview.version, sector_code: '05' }, { expect: 202 });
  await moveDone(move.id);
  assert.equal((await org(unit.id)).sector_code, '05');
  assert.deepEqual(await misplaced([unit.id]), []);
  const [[sector]] = await sql(`SELECT sector_code FROM assets WHERE id = '${assets[0]}'`);
  assert.equal(sector, '05');
});

test('what cannot be done is refused by its reason, and nothing has changed', async () => {
  const a = await make(root.id);
  const b = await make(a.id);
  const say = async (id, act, body, rule, field) => {
    const reply = problem(await system.post(`/orgs/${id}/${act}`, { version: (await org(id)).version, ...body }, { expect: 'any' }), 422, 'invalid', field);
    assert.equal(reply.errors[0].code, rule);
  };
  await say(root.id, 'move', { parent_id: a.id }, 'root', 'parent_id');
  await say(a.id, 'move', { parent_id: a.id }, 'self', 'parent_id');
  await say(a.id, 'move', { parent_id: b.id }, 'cycle', 'parent_id');
  await say(b.id, 'move', { parent_id: a.id }, 'same', 'parent_id');
  await say(a.id, 'move', { parent_id: '019acb9e-0000-7000-8000-000000000000' }, 'unknown', 'parent_id');
  await say(a.id, 'sector', { sector_code: 'nix' }, 'unknown', 'sector_code');
  await say(a.id, 'sector', { sector_code: null }, 'same', 'sector_code');
  assert.equal((await system.get(`/orgs/${a.id}/move-preview`, { query: { parent: b.id } })).json.problem, 'cycle');
  problem(await system.get(`/orgs/${a.id}/move-preview`, { expect: 'any' }), 400, 'bad_parameter');
  assert.equal((await org(a.id)).parent_id, root.id);
  await system.del(`/orgs/${b.id}`);
  await system.del(`/orgs/${a.id}`);
});

test('Z05 nobody moves the organisation that he belongs to, or one above it', async () => {
  const office = await make(root.id);
  const account = await makeAccount('system_admin', { org: office.id, scope: 'subtree' });
  const admin = platform().client();
  await admin.signIn(account);
  const below = await make(office.id);
  const other = await make(office.id);
  problem(await admin.post(`/orgs/${office.id}/move`, { version: 1, parent_id: root.id }, { expect: 'any' }), 422, 'invalid', 'parent_id');
  problem(await admin.post(`/orgs/${below.id}/move`, { version: 1, parent_id: root.id }, { expect: 'any' }), 422, 'invalid', 'parent_id');
  const { json: move } = await admin.post(`/orgs/${below.id}/move`, { version: 1, parent_id: other.id }, { expect: 202 });
  await jobDone(admin, `/org-moves/${move.id}`);
  assert.equal((await admin.get(`/orgs/${below.id}`)).json.depth, 4);
});
