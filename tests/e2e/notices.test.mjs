// A warning reaches a unit: the bell counts it by itself, its ticket appears beside the dispatch, and what is done in the ticket
// system is seen on the page.
import { after, assert, before, newKey, platform, signIn, test, until } from '../api/lib/harness.mjs';
import { mapping, ticketSystem } from '../api/lib/tickets.mjs';
import { Office, said } from './people.mjs';

const secret = `key-${newKey()}`, title = `消息 ${newKey().slice(0, 8)}`;
let office, admin, unit, system, analyst, leader, filler, tickets, link, host, dispatch;
before(async () => {
  tickets = await ticketSystem(secret);
  [system, analyst, leader, filler] = await Promise.all(['system_admin', 'analyst', 'leader', 'unit_filler'].map((r) => signIn(r)));
  const { json: client } = await system.post('/clients', { name: `工单 ${newKey().slice(0, 8)}`, org_id: filler.user.org_id, permissions: ['dispatch.read', 'dispatch.handle', 'dispatch.feedback'] });
  host = (await system.post('/notify/hosts', { pattern: '127.0.0.1/32', note: 'ticket system' })).json.id;
  ({ json: link } = await system.post('/work-order-links', { org_id: filler.user.org_id, name: '工单系统', state: 'active', url: tickets.url, mac: 'sm3', secret, client_id: client.client_id, level: 4, mapping }));
  tickets.callback = new URL(new URL(link.callback_url).pathname, platform().base).href;
  office = await Office.open();
  admin = await office.enter('system_admin', { at: '/work-order-links' });
  unit = await office.enter('unit_filler', { at: '/notices' });
}, { timeout: 240_000 });
after(async () => {
  if (link) await system.del(`/work-order-links/${link.id}`);
  if (host) await system.del(`/notify/hosts/${host}`, { expect: 'any' });
  tickets?.stop();
  await office?.close();
});

const bell = (page) => page.locator('a.bell');
const unread = async (page) => Number((/\d+/.exec(await bell(page).getAttribute('aria-label')) ?? ['0'])[0]);

test('the bell counts what arrives without a reload, and less once it is read', async () => {
  const before = await until(async () => { const n = await unread(unit); return Number.isInteger(n) && { n }; });
  const { json: w } = await analyst.post('/warnings', { title, kind_code: 'attack', level: 3, content: '请排查', targets: { orgs: [filler.user.org_id] } });
  await analyst.post(`/warnings/${w.id}/submit`, {});
  await leader.post(`/warnings/${w.id}/approve`, {});
  await analyst.post(`/warnings/${w.id}/publish`, {});
  dispatch = await until(async () => (await filler.get('/dispatches', { query: { warning: w.id } })).json.items[0], { what: 'the unit has it' });
  await until(async () => (await unread(unit)) > before.n, { what: 'the bell counts it' });
  const line = unit.getByRole('link', { name: new RegExp(title) }).first();
  await line.waitFor();
  await line.click();
  await unit.waitForURL(/\/(dispatches|warnings)\//);
  const { json } = await filler.get('/notices', { query: { size: 30 } });
  assert.equal(json.items.find((n) => n.title.includes(title)).read, true, 'opening it has read it');
  await until(async () => (await unread(unit)) === (await filler.get('/notices/count')).json.unread, { what: 'the bell counts what is left' });
});

test('the dispatch shows its ticket, and the page what became of it there', async () => {
  await unit.goto(`/dispatches/${dispatch.id}`);
  const number = await until(async () => (await filler.get('/work-orders', { query: { dispatch: dispatch.id } })).json.items[0]?.ticket, { what: 'the ticket is there' });
  await unit.reload();
  await unit.getByText(number, { exact: true }).waitFor();
  assert.equal((await tickets.move(number, 'in progress')).status, 200);
  assert.equal((await tickets.move(number, 'resolved', '已升级到最新版本')).status, 200);
  await unit.reload();
  await unit.getByText('已升级到最新版本').first().waitFor();
  await unit.getByText('resolved', { exact: true }).first().waitFor();
});

test('the administrator sees the link with its orders, and renames it', async () => {
  await admin.reload();
  const row = admin.getByRole('row').filter({ hasText: tickets.url });
  await row.getByRole('button', { name: '修改' }).click();
  const name = admin.getByRole('dialog').getByLabel(/^名称/);
  await name.fill(`工单 ${title}`);
  await admin.getByRole('dialog').getByRole('button', { name: '保存' }).click();
  await said(admin, `已保存：工单 ${title}`);
  await admin.getByRole('row').filter({ hasText: title }).filter({ hasText: 'resolved' }).first().waitFor();
  office.assertQuiet();
});
