// Approval paths: drawn, put in force for a sub-system, and warnings that run along them.
import { assert, before, newKey, problem, signIn, test, until } from '../lib/harness.mjs';
import { makeAccount } from '../lib/accounts.mjs';
import { drawing, inTurn, link, signers, step, timer } from './draw.mjs';

const any = { expect: 'any' };
let system, office, people, analyst, heads;

/** A sub-system of its own, so that no other test's warnings go along these paths. */
before(async () => {
  system = await signIn('system_admin');
  const { json: root } = await system.get(`/orgs/${system.user.org_id}`);
  const body = { name: `流程办 ${newKey()}`, region_code: root.region_code, org_level: root.org_level, org_type: '99' };
  office = (await system.post('/orgs', { ...body, parent_id: root.id })).json;
  await system.post('/orgs', { ...body, name: `流程单位 ${newKey()}`, parent_id: office.id });
  await system.put(`/realms/${office.id}`, { active: true, version: office.version });
  const make = async (role) => { const account = await makeAccount(role, { scope: 'subtree', org: office.id }); return { id: account.id, client: await signIn(account) }; };
  people = { analyst: await make('analyst'), heads: await Promise.all([make('leader'), make('leader'), make('leader')]) };
  analyst = people.analyst.client;
  heads = people.heads.map((h) => h.client);
});

/** Puts a drawing in force for the sub-system; what was in force there is retired. */
async function enforce(xml, name = '子系统流程') {
  const { json: f } = await system.post('/flows', { realm: office.id, kind: 'warning_approval', name, xml });
  return (await system.post(`/flows/${f.id}/publish`, { version: f.version, note: '启用' })).json;
}
async function submitted(more = {}) {
  const { json: w } = await analyst.post('/warnings', { title: `流程预警 ${newKey()}`, kind_code: 'vulnerability', level: 2, content: '请排查', targets: { orgs: [office.id], regions: [], sectors: [] }, ...more });
  await analyst.post(`/warnings/${w.id}/submit`, {});
  return w;
}
const run = async (w, who = analyst) => (await who.get('/flow-instances', { query: { kind: 'warning_approval', subject: w.id } })).json;
const state = async (w) => (await analyst.get(`/warnings/${w.id}`)).json.state;
const seat = async (w, who) => (await run(w, who)).seats.find((s) => s.own);
const events = async (who, w) => (await who.get('/notices', { query: { size: 200 } })).json.items.filter((n) => n.title === w.title).map((n) => n.event).reverse();

test('what a drawing may not have is refused by its name, and those whom it names must be able to decide', async () => {
  const check = (xml) => system.post('/flows/check', { kind: 'warning_approval', xml }, any);
  const refused = async (xml, field, rule) => { const r = await check(xml); problem(r, 422, 'invalid', field); assert.ok(r.json.errors.some((e) => e.field === field && e.code === rule), JSON.stringify(r.json.errors)); };
  await refused('<a', 'xml', 'malformed');
  await refused(drawing('<scriptTask id="s1"/>', link('f', 'start', 's1'), link('g', 's1', 'yes')), 's1', 'unsupported');
  await refused(drawing(step('a', 'A'), link('f', 'start', 'a'), link('g', 'a', 'yes', 'height > 3'), link('h', 'a', 'no')), 'g', 'unknown_variable');
  await refused(inTurn([['a', step('a', 'A', `tc:person="user:${people.analyst.id}"`)]]), 'a', 'unknown_user');
  await refused(inTurn([['a', step('a', 'A', 'tc:person="user:01890a5d-ac96-774b-bcce-b302099a8001"')]]), 'a', 'unknown_user');
  await refused(inTurn([['a', step('a', 'A', 'tc:org="org:01890a5d-ac96-774b-bcce-b302099a8001"')]]), 'a', 'unknown_org');
  await refused(inTurn([['a', step('a', 'A', 'tc:person="user:anybody-at-all-who-may-decide-about-it"')]]), 'a', 'bad_value');
  assert.equal((await check(inTurn([['a', step('a', 'A')]]))).status, 204);
  problem(await system.post('/flows', { realm: office.id, kind: 'warning_approval', name: 'x', xml: '<a' }, any), 422, 'invalid', 'xml');
  problem(await system.post('/flows', { realm: office.id, kind: 'moon', name: 'x', xml: inTurn([['a', step('a', 'A')]]) }, any), 422, 'invalid', 'kind');
  problem(await analyst.get('/flows', any), 403, 'forbidden');
});

test('one flow of a kind and sub-system is in force; versions never change; a running one keeps its own', async () => {
  const xml = inTurn([['a', step('a', '甲')]]);
  const first = await enforce(xml, '第一');
  const w = await submitted();
  const second = await enforce(inTurn([['b', step('b', '乙')]]), '第二');
  const { items } = (await system.get('/flows')).json;
  const of = (id) => items.find((f) => f.id === id);
  assert.deepEqual([of(first.id).state, of(second.id).state, of(first.id).running], ['retired', 'active', 1]);
  assert.deepEqual((await run(w)).seats.map((s) => s.node_name), ['甲']);
  const w2 = await submitted();
  assert.deepEqual((await run(w2)).seats.map((s) => s.node_name), ['乙']);
  const { json: edited } = await system.put(`/flows/${first.id}`, { version: of(first.id).version, name: '第一', xml: inTurn([['a', step('a', '甲改')]]) });
  problem(await system.put(`/flows/${first.id}`, { version: of(first.id).version, name: 'x' }, any), 409, 'stale_version');
  assert.deepEqual([edited.has_draft, edited.n], [true, 1]);
  const { json: again } = await system.post(`/flows/${first.id}/publish`, { version: edited.version });
  assert.deepEqual([again.state, again.n, again.has_draft], ['active', 2, false]);
  assert.equal((await system.get(`/flows/${first.id}/versions/1`)).json.xml, xml);
  assert.deepEqual((await system.get(`/flows/${first.id}/versions`)).json.items.map((v) => v.n), [2, 1]);
  problem(await system.del(`/flows/${first.id}`, { query: { version: again.version }, expect: 'any' }), 409, 'in_use');
  await heads[0].post(`/warnings/${w.id}/approve`, {});
  assert.equal(await state(w), 'approved');
  const { json: retired } = await system.post(`/flows/${first.id}/retire`, { version: again.version });
  problem(await system.post(`/flows/${first.id}/retire`, { version: retired.version }, any), 409, 'conflict');
  assert.equal((await run(await submitted())).flow_name, '预警审批', 'the platform\'s holds where the sub-system has none');
});

test('a path with a condition, a joint signature and a way back: the same routes of the warning', async () => {
  const [a, b, c] = people.heads;
  await enforce(drawing(
    step('first', '初审'), '<exclusiveGateway id="how" default="f3"/>', step('joint', '会签', '', signers([b.id, c.id])), step('last', '终审'),
    link('f0', 'start', 'first'), link('f1', 'first', 'how', "outcome = 'approve'"), link('f1n', 'first', 'no'), link('f2', 'how', 'joint', 'level <= 2 and units >= 1'), link('f3', 'how', 'last'),
    link('f4', 'joint', 'last', "outcome = 'approve'"), link('f4n', 'joint', 'no'), link('f5', 'last', 'yes', "outcome = 'approve'"), link('f5n', 'last', 'first')));
  const blue = await submitted({ level: 4 });
  await heads[0].post(`/warnings/${blue.id}/approve`, {});
  assert.deepEqual((await run(blue)).seats.map((s) => s.node), ['last'], 'a blue one needs no joint signature');

  const w = await submitted();
  assert.deepEqual((await analyst.get(`/warnings/${w.id}`)).json.actions.includes('approve'), false);
  assert.deepEqual((await heads[1].get(`/warnings/${w.id}`)).json.actions.filter((x) => ['approve', 'reject'].includes(x)), ['approve', 'reject']);
  await heads[1].post(`/warnings/${w.id}/approve`, { opinion: '拟同意' });
  assert.equal(await state(w), 'review');
  assert.deepEqual((await run(w)).seats.map((s) => [s.node, s.user_id]), [['joint', b.id], ['joint', c.id]]);
  problem(await heads[0].post(`/warnings/${w.id}/approve`, {}, any), 403, 'not_yours');
  assert.equal((await heads[0].get(`/warnings/${w.id}`)).json.actions.includes('approve'), false);
  await heads[1].post(`/warnings/${w.id}/approve`, {});
  problem(await heads[1].post(`/warnings/${w.id}/approve`, {}, any), 403, 'not_yours');
  const mine = (await heads[2].get('/tasks', { query: { mine: 'todo', q: w.title } })).json.items;
  assert.deepEqual(mine.map((t) => [t.step, t.node_name]), [['approve', '会签']]);
  await heads[2].post(`/tasks/${mine[0].id}/complete`, { outcome: 'approve', opinion: '同意' });
  assert.deepEqual((await run(w)).seats.map((s) => s.node), ['last']);

  const s = await seat(w, heads[0]);
  assert.deepEqual(s.return_to.map((n) => n.node).sort(), ['first', 'joint']);
  problem(await heads[0].post(`/tasks/${s.task_id}/return`, { node: 'how', opinion: 'x' }, any), 409, 'flow_refused');
  await heads[0].post(`/tasks/${s.task_id}/return`, { node: 'joint', opinion: '再看一下' });
  assert.deepEqual((await run(w)).seats.map((x) => x.node), ['joint', 'joint']);
  assert.ok((await events(heads[2], w)).includes('task.returned'));
  await Promise.all([heads[1], heads[2]].map((h) => h.post(`/warnings/${w.id}/approve`, {})));
  await heads[0].post(`/warnings/${w.id}/reject`, { opinion: '回初审' });
  assert.equal(await state(w), 'review', 'the path leads back to its first step');
  await heads[0].post(`/warnings/${w.id}/approve`, {});
  await Promise.all([heads[1], heads[2]].map((h) => h.post(`/warnings/${w.id}/approve`, {})));
  await heads[0].post(`/warnings/${w.id}/approve`, { opinion: '终审同意' });
  const { json: done } = await analyst.get(`/warnings/${w.id}`);
  assert.deepEqual([done.state, done.opinion], ['approved', '终审同意']);
  const r = await run(w);
  assert.deepEqual([r.state, r.result, r.seats.length], ['ended', 'approved', 0]);
  assert.deepEqual(r.moments.map((m) => m.act), ['start', 'complete', 'complete', 'complete', 'return', 'complete', 'complete', 'complete', 'complete', 'complete', 'complete', 'complete', 'end']);
  assert.deepEqual((await analyst.get('/tasks', { query: { mine: 'todo', q: w.title } })).json.items.map((t) => t.step), ['publish']);
});

test('handing on, lending, adding and removing signers, urging, copies, a later deadline', async () => {
  const [a, b, c] = people.heads;
  await enforce(inTurn([['a', step('a', '处长审批', `tc:person="user:${a.id}" tc:due="P1D"`)]]));
  const w = await submitted();
  const first = await seat(w, heads[0]);
  assert.ok(Date.parse(first.due_at) > Date.now());
  problem(await heads[1].post(`/tasks/${first.task_id}/transfer`, { user_id: c.id }, any), 404, 'not_found');
  problem(await heads[0].post(`/tasks/${first.task_id}/transfer`, { user_id: people.analyst.id }, any), 422, 'invalid', 'user_id');
  assert.deepEqual((await heads[0].get(`/tasks/${first.task_id}/candidates`)).json.items.map((x) => x.id).sort(), [a.id, b.id, c.id].sort());
  await heads[0].post(`/tasks/${first.task_id}/delegate`, { user_id: b.id, opinion: '请先看' });
  assert.equal((await seat(w, heads[1])).form, 'delegated');
  await heads[1].post(`/tasks/${first.task_id}/complete`, { outcome: 'approve', opinion: '没有意见' });
  assert.equal(await state(w), 'review', 'what was lent comes back to its owner');
  await heads[0].post(`/tasks/${first.task_id}/add-signer`, { user_id: c.id });
  problem(await heads[0].post(`/tasks/${first.task_id}/add-signer`, { user_id: c.id }, any), 409, 'flow_refused');
  await analyst.post(`/tasks/${first.task_id}/urge`, { opinion: '请尽快' });
  assert.deepEqual((await events(heads[2], w)).filter((e) => e.startsWith('task.')), ['task.arrived', 'task.urged']);
  await heads[0].post(`/tasks/${first.task_id}/cc`, { user_ids: [b.id] });
  assert.ok((await events(heads[1], w)).includes('task.cc'));
  problem(await heads[0].post(`/tasks/${first.task_id}/extend`, { due_at: new Date(Date.now() - 1000).toISOString(), opinion: 'x' }, any), 409, 'flow_refused');
  const later = new Date(Date.now() + 40 * 86400e3).toISOString();
  await heads[0].post(`/tasks/${first.task_id}/extend`, { due_at: later, opinion: '材料未到' });
  problem(await heads[0].post(`/tasks/${first.task_id}/extend-decide`, { grant: true }, any), 403, 'not_yours');
  await analyst.post(`/tasks/${first.task_id}/extend-decide`, { grant: true });
  assert.deepEqual((await run(w)).seats.map((s) => Date.parse(s.due_at)), [Date.parse(later), Date.parse(later)]);
  await heads[0].post(`/tasks/${first.task_id}/remove-signer`, { user_id: c.id });
  await heads[0].post(`/tasks/${first.task_id}/transfer`, { user_id: c.id });
  problem(await heads[0].post(`/warnings/${w.id}/approve`, {}, any), 403, 'not_yours');
  await heads[2].post(`/warnings/${w.id}/approve`, {});
  assert.equal(await state(w), 'approved');
  assert.deepEqual((await run(w)).moments.map((m) => m.act), ['start', 'delegate', 'complete', 'add_signer', 'urge', 'cc', 'extend', 'grant', 'remove_signer', 'transfer', 'complete', 'end']);
  problem(await heads[2].post(`/tasks/${first.task_id}/urge`, {}, any), 404, 'not_found');
  problem(await analyst.post(`/tasks/${first.task_id}/urge`, {}, any), 409, 'conflict');
});

test('withdrawn before anybody decided it is a draft again; paused nothing goes on; terminated it goes back', async () => {
  await enforce(inTurn([['a', step('a', '甲')], ['b', step('b', '乙')]]));
  const w = await submitted();
  let r = await run(w);
  assert.deepEqual(r.acts, ['withdraw', 'pause', 'terminate']);
  problem(await heads[0].post(`/flow-instances/${r.id}/withdraw`, {}, any), 404, 'not_found');
  await analyst.post(`/flow-instances/${r.id}/withdraw`, { opinion: '改一处' });
  assert.equal(await state(w), 'draft');
  await analyst.post(`/warnings/${w.id}/submit`, {});
  r = await run(w);
  await heads[0].post(`/warnings/${w.id}/approve`, {});
  problem(await analyst.post(`/flow-instances/${r.id}/withdraw`, {}, any), 409, 'flow_refused');
  await analyst.post(`/flow-instances/${r.id}/pause`, {});
  problem(await heads[1].post(`/warnings/${w.id}/approve`, {}, any), 409, 'flow_refused');
  await analyst.post(`/flow-instances/${r.id}/resume`, {});
  await analyst.post(`/flow-instances/${r.id}/terminate`, { opinion: '不再需要' });
  assert.equal(await state(w), 'rejected');
  assert.deepEqual((await analyst.get('/tasks', { query: { mine: 'todo', q: w.title } })).json.items.map((t) => t.step), ['revise']);
  problem(await heads[1].post(`/warnings/${w.id}/approve`, {}, any), 409, 'conflict');
});

test('timers: one reminds, one takes the token along its own way; a path may decide by itself', async () => {
  await enforce(drawing(step('a', '甲'), timer('remind', 'a', 'PT1S', 'cancelActivity="false"'), timer('late', 'a', 'PT2S'), step('b', '乙'),
    link('f', 'start', 'a'), link('g', 'a', 'yes', "outcome = 'approve'"), link('h', 'a', 'no'), link('i', 'late', 'b'), link('j', 'b', 'yes', "outcome = 'approve'"), link('k', 'b', 'no')));
  const w = await submitted();
  const acts = async () => (await run(w)).moments.map((m) => m.act);
  await until(async () => (await acts()).length === 3, { what: 'both timers have fired' });
  assert.deepEqual(await acts(), ['start', 'timer', 'timer']);
  assert.deepEqual((await run(w)).seats.map((s) => s.node), ['b']);
  assert.deepEqual((await events(heads[0], w)).filter((e) => e.startsWith('task.')), ['task.arrived', 'task.due_soon', 'task.arrived']);
  await enforce(drawing('<exclusiveGateway id="how" default="d"/>', step('a', '甲'), link('f', 'start', 'how'), link('auto', 'how', 'yes', "level = 4 and kind_code = 'vulnerability'"), link('d', 'how', 'a'), link('g', 'a', 'yes', "outcome = 'approve'"), link('h', 'a', 'no')));
  assert.equal(await state(await submitted({ level: 4 })), 'approved');
  assert.equal(await state(await submitted({ level: 1 })), 'review');
});

test('whoever drafted it cannot approve it by any route', async () => {
  await enforce(inTurn([['a', step('a', '甲')]]));
  const both = await makeAccount('leader', { scope: 'subtree', org: office.id });
  const security = await signIn('security_admin');
  const { json: roles } = await security.get('/roles');
  const { json: user } = await system.get(`/users/${both.id}`);
  await security.put(`/users/${both.id}/roles`, { version: user.version, role_ids: ['leader', 'analyst'].map((c) => roles.items.find((r) => r.code === c).id), scope_kind: 'subtree' });
  const client = await signIn(both);
  const { json: w } = await client.post('/warnings', { title: `自审 ${newKey()}`, kind_code: 'vulnerability', level: 2, content: 'x', targets: { orgs: [office.id], regions: [], sectors: [] } });
  await client.post(`/warnings/${w.id}/submit`, {});
  const s = await seat(w, client);
  problem(await client.post(`/warnings/${w.id}/approve`, {}, any), 403, 'four_eyes');
  problem(await client.post(`/tasks/${s.task_id}/complete`, { outcome: 'approve' }, any), 403, 'four_eyes');
});
