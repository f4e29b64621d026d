// A unit's ticket system and its dispatches, both ways, against the reference system of tests/api/lib/tickets.mjs.
import { after, assert, before, newKey, platform, problem, signIn, test, until } from '../lib/harness.mjs';
import { mapping, ticketSystem } from '../lib/tickets.mjs';

const any = { expect: 'any' };
const secret = `key-${newKey()}`;
let tickets;
let system;
let analyst;
let leader;
let unit;
let link;
let body;
let host;

before(async () => {
  tickets = await ticketSystem(secret);
  [system, analyst, leader, unit] = await Promise.all(['system_admin', 'analyst', 'leader', 'unit_filler'].map((r) => signIn(r)));
  const { json: client } = await system.post('/clients', { name: `工单 ${newKey().slice(0, 8)}`, org_id: unit.user.org_id, permissions: ['dispatch.read', 'dispatch.handle', 'dispatch.feedback'] });
  body = { org_id: unit.user.org_id, name: '工单系统', state: 'active', url: tickets.url, mac: 'sm3', secret, client_id: client.client_id, level: 4, mapping };
  problem(await system.post('/work-order-links', body, any), 422, 'invalid', 'url');
  host = (await system.post('/notify/hosts', { pattern: '127.0.0.1/32', note: 'ticket system' })).json.id;
  ({ json: link } = await system.post('/work-order-links', body));
  // The platform may be reached under another name than the one that it tells others.
  tickets.callback = new URL(new URL(link.callback_url).pathname, platform().base).href;
});
after(async () => {
  if (link) await system.del(`/work-order-links/${link.id}`);
  if (host) await system.del(`/notify/hosts/${host}`, any);
  tickets.stop();
});

/** A warning to the unit; answers its dispatch. */
async function dispatch(level = 3, other = []) {
  const title = `工单 ${newKey().slice(0, 8)}`;
  const { json: w } = await analyst.post('/warnings', { title, kind_code: 'attack', level, content: '请排查', targets: { orgs: [unit.user.org_id, ...other] } });
  await analyst.post(`/warnings/${w.id}/submit`, {});
  await leader.post(`/warnings/${w.id}/approve`, {});
  await analyst.post(`/warnings/${w.id}/publish`, {});
  return until(async () => (await unit.get('/dispatches', { query: { warning: w.id } })).json.items[0], { what: 'the unit has it' });
}
const orderOf = async (d) => (await unit.get('/work-orders', { query: { dispatch: d.id } })).json.items[0];
const ticketOf = (d) => until(async () => { const o = await orderOf(d); return o?.ticket && o.state === 'sent' && tickets.tickets.get(o.ticket) && o.ticket; }, { what: 'the ticket is there' });
const stateThere = (number, status) => until(() => tickets.tickets.get(number).status === status, { what: `the ticket is ${status}` });
const state = async (d) => (await unit.get(`/dispatches/${d.id}`)).json.state;
const result = async (reply) => { assert.equal(reply.status, 200, await reply.clone().text()); return (await reply.json()).result; };

test('a dispatch becomes a ticket; what is done there is done here, and what is done here is said there', async () => {
  const d = await dispatch();
  const number = await ticketOf(d);
  const ticket = tickets.tickets.get(number);
  assert.deepEqual([ticket.status, ticket.priority, ticket.external_ref], ['new', 'P3', (await orderOf(d)).id]);
  assert.match(ticket.summary, /^\[YJ-.*工单/);
  assert.match(ticket.details, new RegExp(`请排查\n.*/dispatches/${d.id}$`));

  assert.equal(await result(await tickets.move(number, 'in progress')), 'done');
  assert.equal(await state(d), 'handling');
  assert.equal(await result(await tickets.move(number, 'resolved', '已升级到最新版本')), 'done');
  const { json: seen } = await analyst.get(`/dispatches/${d.id}`);
  assert.equal(seen.state, 'reviewing');
  assert.deepEqual(seen.feedback.map((f) => [f.result, f.text]), [['handled', '已升级到最新版本']]);

  await analyst.post(`/dispatches/${d.id}/return`, { opinion: '请补充截图' });
  await stateThere(number, 'reopened');
  assert.equal(await result(await tickets.move(number, 'resolved', '已补充')), 'done');
  await analyst.post(`/dispatches/${d.id}/accept`, {});
  await stateThere(number, 'closed');
  const order = await until(async () => { const o = await orderOf(d); return o.sent_state === 'accepted' && o; }, { what: 'the order is told' });
  assert.deepEqual([order.ticket, order.ticket_state, order.error], [number, 'resolved', null]);
  const acts = (await platform().sql(`SELECT action, actor_client FROM audit_log WHERE subject_id = '${d.id}' AND action = 'work_order.callback'`));
  assert.equal(acts.length, 3);
  assert.ok(acts.every(([, client]) => client === body.client_id), 'the client of the link acted');
});

test('a ticket that is resolved before anybody signed is signed and fed back; an echo and a word without meaning change nothing', async () => {
  const d = await dispatch();
  const number = await ticketOf(d);
  assert.equal(await result(await tickets.move(number, 'waiting for parts')), 'noted');
  assert.equal((await orderOf(d)).ticket_state, 'waiting for parts');
  assert.equal(await state(d), 'pending_sign');
  assert.equal(await result(await tickets.move(number, 'not ours', '本单位没有该产品')), 'done');
  assert.equal(await state(d), 'reviewing');
  assert.equal(await result(await tickets.move(number, 'in progress')), 'ignored');
  assert.equal(await state(d), 'reviewing');
});

test('unsigned, altered, old, repeated messages and those of another link do nothing', async () => {
  const d = await dispatch();
  const number = await ticketOf(d);
  const refused = async (options) => { const r = await tickets.move(number, 'in progress', '', options); assert.equal(r.status, 401); };
  await refused({ spoil: () => '' });
  await refused({ spoil: (s) => s.replace(/.$/, (c) => (c === '0' ? '1' : '0')) });
  await refused({ spoil: (s) => s.replace('sm3=', 'sha256=') });
  await refused({ time: Math.floor(Date.now() / 1000) - 400 });
  await refused({ time: Math.floor(Date.now() / 1000) + 400 });
  await refused({ time: 'yesterday' });
  await refused({ id: 'short' });
  await refused({ url: tickets.callback.replace(link.id, newKey()) });
  assert.equal(await state(d), 'pending_sign');
  const id = newKey();
  assert.equal(await result(await tickets.move(number, 'in progress', '', { id })), 'done');
  assert.equal(await result(await tickets.move(number, 'resolved', 'x', { id })), 'repeated');
  assert.equal(await state(d), 'handling');
  assert.equal((await tickets.move('SEC-9999', 'in progress')).status, 404);
});

test('while the ticket system is away nothing is lost, and only the last state is said; what was given up is told and sent again', async () => {
  const d = await dispatch();
  const number = await ticketOf(d);
  tickets.down = true;
  const calls = tickets.calls.length;
  await unit.post(`/dispatches/${d.id}/sign`, {});
  await until(async () => (await orderOf(d)).error === 'answered 503', { what: 'the failure is seen' });
  await unit.post(`/dispatches/${d.id}/feedback`, { result: 'handled', text: '已处置' });
  assert.ok(tickets.calls.length > calls);
  // As after the last of eight attempts.
  await platform().sql(`UPDATE work_orders SET attempts = 7, next_try = UTC_TIMESTAMP(6) WHERE dispatch_id = '${d.id}'`);
  const dead = await until(async () => { const o = await orderOf(d); return o.state === 'dead' && o; }, { what: 'it is given up' });
  assert.ok((await system.get('/notices?event=workorder.dead')).json.items.some((n) => n.subject_id === d.id), 'the administrator is told');
  tickets.down = false;
  problem(await unit.post(`/work-orders/${dead.id}/resend`, undefined, any), 403, 'forbidden');
  await system.post(`/work-orders/${dead.id}/resend`);
  await stateThere(number, 'resolved');
  problem(await system.post(`/work-orders/${dead.id}/resend`, undefined, any), 404, 'not_found');
});

test('the client of the link decides what a ticket may do: revoked, it does nothing', async () => {
  const d = await dispatch();
  const number = await ticketOf(d);
  const { json: other } = await system.post('/clients', { name: `工单 ${newKey().slice(0, 8)}`, org_id: unit.user.org_id, permissions: ['dispatch.read'] });
  const { version } = (await system.get(`/work-order-links/${link.id}`)).json;
  const { org_id, secret: key, ...rest } = body;
  assert.ok(org_id && key);
  const { json: changed } = await system.put(`/work-order-links/${link.id}`, { ...rest, version, client_id: other.client_id });
  const refused = await tickets.move(number, 'in progress');
  assert.equal(refused.status, 403);
  assert.equal((await refused.json()).errors[0].code, 'permission');
  await system.post(`/clients/${other.client_id}/revoke`);
  assert.equal((await tickets.move(number, 'in progress')).status, 403);
  assert.equal(await state(d), 'pending_sign');
  await system.put(`/work-order-links/${link.id}`, { ...rest, version: changed.version });
  assert.equal(await result(await tickets.move(number, 'in progress')), 'done');
});

test('a link is checked: its host, its client, its mapping, its key; only the system administrator sets it', async () => {
  const { version } = (await system.get(`/work-order-links/${link.id}`)).json;
  const { org_id, secret: key, ...rest } = body;
  assert.ok(org_id && key);
  const put = (changes) => system.put(`/work-order-links/${link.id}`, { ...rest, version, ...changes }, any);
  for (const url of ['http://10.1.2.3/x', 'http://user@127.0.0.1/x', 'http://0x7f.1/x', 'http://169.254.169.254/latest']) problem(await put({ url }), 422, 'invalid', 'url');
  problem(await put({ client_id: newKey() }), 422, 'invalid', 'client_id');
  problem(await put({ mapping: { ...mapping, fields: [{ name: 'a', value: '{{password}}' }] } }), 422, 'invalid', 'mapping/fields/0/value');
  problem(await put({ mapping: { ...mapping, fields: [{ name: 'a.b', value: 'x' }, { name: 'a', value: 'y' }] } }), 422, 'invalid', 'mapping/fields/1/name');
  problem(await put({ version: version + 7 }), 409, 'stale_version');
  problem(await system.post('/work-order-links', body, any), 409, 'duplicate', 'org_id');
  for (const other of [analyst, unit, await signIn('security_admin')]) problem(await other.post('/work-order-links', body, any), 403, 'forbidden');
  assert.ok(!JSON.stringify((await system.get('/work-order-links')).json).includes(secret), 'the key is never shown');
  const elsewhere = await signIn('unit_filler', { n: 1 });
  assert.deepEqual((await elsewhere.get('/work-order-links')).json.items, []);
  problem(await elsewhere.get(`/work-order-links/${link.id}`, any), 404, 'not_found');
});
