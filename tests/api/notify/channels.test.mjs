// Notices on their way out: channels, rules, templates, the delivery log; I08 for every channel, A05 for every address.
import { after, assert, before, newKey, platform, problem, signIn, test, until } from '../lib/harness.mjs';
import { decoded, mailServer, makeCertificate, signatureOf, webServer } from '../lib/receivers.mjs';

const tag = newKey().slice(0, 8);
const KEY = 'a-key-of-many-letters';
const sql = (text) => platform().sql(text);
const q = (v) => (v === null || v === undefined ? 'NULL' : `'${v}'`);
let admin;
let unit;
let liaison;
let mails;
let secureMails;
let certificate;
let web;
let ids = 0;
const made = { channels: [], rules: [], hosts: [] };

const uuid = () => `0198${tag.slice(0, 4)}-${tag.slice(4)}-7000-8000-${String(++ids).padStart(12, '0')}`;

/** As notice_put_many does it: a notice and its outbox row. */
async function put({ level = 2, event = 'dispatch.arrived', title = `标题 ${tag}`, permission = 'dispatch.handle', user, facts = '{}' } = {}) {
  const id = uuid();
  const { org_id: org } = unit.user;
  await sql(`INSERT INTO notices (id, event, level, subject_kind, subject_id, title, facts, permission, user_id, created_at, org_id, org_l1, org_l2, org_l3, org_l4, org_l5, org_l6, sector_code)
    SELECT '${id}', '${event}', ${level}, 'dispatch', '${id}', '${title}', '${facts}', ${q(user ? null : permission)}, ${q(user)}, UTC_TIMESTAMP(6), org_id, org_l1, org_l2, org_l3, org_l4, org_l5, org_l6, sector_code FROM orgs WHERE id = '${org}';
    INSERT INTO outbox (id, topic, subject_id, payload, created_at) VALUES ('${uuid()}', 'notice', '${id}', '{"ids":["${id}"]}', UTC_TIMESTAMP(6))`);
  return id;
}
const logOf = async (id) => (await admin.get('/deliveries', { query: { size: 200 } })).json.items.filter((d) => d.notice_id === id);
const settled = (id, n = 1) => until(async () => {
  const list = await logOf(id);
  return list.length >= n && list.every((d) => d.state !== 'waiting') && list;
}, { what: `the ${n} deliveries of ${id} are settled`, timeout: 20_000 });

async function makeChannel(kind, config, { secret, name = `${kind} ${tag} ${++ids}`, state = 'active' } = {}) {
  const { json } = await admin.post('/notify/channels', { kind, name, state, config, ...(secret ? { secret } : {}) });
  made.channels.push(json.id);
  return json.id;
}
const row = async (path, id) => (await admin.get(path)).json.items.find((x) => x.id === id);
async function removeChannel(id) {
  const channel = await row('/notify/channels', id);
  if (channel) await admin.del(`/notify/channels/${id}`, { query: { version: channel.version } });
}
const mailConfig = (port, more = {}) => ({ host: '127.0.0.1', port, tls: 'none', from: 'alarm@example.cn', from_name: '统筹平台', ...more });
async function sent(id, to) {
  const { json } = await admin.post(`/notify/channels/${id}/test`, to ? { to } : {});
  return until(async () => {
    const d = (await admin.get(`/deliveries/${json.id}`)).json;
    return d.state !== 'waiting' && d;
  }, { what: 'the test is over', timeout: 20_000 });
}

before(async () => {
  admin = await signIn('system_admin');
  unit = await signIn('unit_filler');
  certificate = makeCertificate();
  mails = await mailServer();
  secureMails = await mailServer({ certificate, password: 'geheim-123' });
  web = await webServer();
  // What a broken run left would be sent by as well.
  await sql('DELETE FROM notify_channels; DELETE FROM outbound_hosts; DELETE FROM notify_rules WHERE NOT builtin; DELETE FROM notify_templates WHERE NOT builtin; DELETE FROM notify_refusals; ' +
    "DELETE FROM people WHERE name LIKE '联络人%'; UPDATE deliveries SET state = 'skipped' WHERE state = 'waiting'");
  made.hosts.push((await admin.post('/notify/hosts', { pattern: '127.0.0.1/32', note: tag })).json.id);
  const person = (name, duty, more) => unit.post('/people', { org_id: unit.user.org_id, name, duty, ...more });
  liaison = (await person(`联络人${tag}`, 'liaison', { email: `l.${tag}@example.cn`, mobile: '13812345678' })).json;
  // Tests run at any hour.
  await admin.put('/notify/quiet', { mode: 'off', from: 1320, to: 420 });
});
after(async () => {
  for (const id of made.channels) await removeChannel(id);
  for (const id of made.rules) {
    const rule = await row('/notify/rules', id);
    if (rule) await admin.del(`/notify/rules/${id}`, { query: { version: rule.version } });
  }
  for (const id of made.hosts) await admin.del(`/notify/hosts/${id}`, { expect: 'any' });
  await unit.del(`/people/${liaison.id}`, { expect: 'any' });
  await admin.put('/notify/quiet', { mode: 'on', from: 1320, to: 420 });
  for (const server of [mails, secureMails, web]) server.stop();
});

test('a channel is tried before it is used; its password is sealed, never shown, and not sent to another place (A05)', async () => {
  const id = await makeChannel('email', mailConfig(secureMails.port, { tls: 'starttls', username: 'alarm', ca_pem: certificate.cert }), { secret: 'geheim-123', state: 'disabled' });
  const shown = await row('/notify/channels', id);
  assert.equal(shown.secret_set, true);
  assert.equal(JSON.stringify(shown).includes('geheim'), false);
  const [[sealed, config]] = await sql(`SELECT HEX(secret), config FROM notify_channels WHERE id = '${id}'`);
  assert.equal((Buffer.from(sealed, 'hex').toString('latin1') + config).includes('geheim'), false);
  const d = await sent(id, `probe.${tag}@example.cn`);
  assert.equal(d.state, 'sent', d.last_error);
  const mail = secureMails.mails.at(-1);
  assert.deepEqual({ to: mail.to, secure: mail.secure, logins: secureMails.logins }, { to: [`probe.${tag}@example.cn`], secure: true, logins: 1 });
  assert.match(decoded(mail.head), /Subject: .*Test message/);
  assert.match(decoded(mail.head), /From: 统筹平台 ?<alarm@example.cn>/);
  const moved = { kind: 'email', name: shown.name, state: 'disabled', version: shown.version, config: { ...shown.config, port: mails.port } };
  const refused = problem(await admin.put(`/notify/channels/${id}`, moved, { expect: 'any' }), 422, 'invalid');
  assert.deepEqual(refused.errors.map((e) => [e.field, e.code]), [['secret', 'secret_again']]);
});

test('what a channel needs is said at its field', async () => {
  const fields = async (body) => problem(await admin.post('/notify/channels', { name: tag, state: 'active', ...body }, { expect: 'any' }), 422, 'invalid').errors.map((e) => `${e.field} ${e.code}`);
  assert.deepEqual(await fields({ kind: 'email', config: mailConfig(25, { username: 'x' }), secret: 'y' }), ['config/tls auth_needs_tls']);
  assert.deepEqual(await fields({ kind: 'email', config: mailConfig(25, { from_name: 'a\r\nBcc: x@y.cn' }) }), ['config/from_name one_line']);
  assert.deepEqual(await fields({ kind: 'webhook', config: { url: web.url } }), ['secret required']);
  assert.deepEqual(await fields({ kind: 'sms', config: { url: web.url, content_type: 'application/json', body: '{}' } }), ['config/body needs_phone']);
  assert.deepEqual(await fields({ kind: 'sms', config: { url: web.url, content_type: 'application/json', body: '{{phone}}{{password}}' } }), ['config/body placeholder']);
});

test('only listed addresses are called, however they are written (I08)', async () => {
  for (const url of ['http://10.0.0.1/', 'http://localhost/', 'http://2130706433/', 'http://0x7f.1/', 'http://127.1/', 'http://[::1]/', 'http://[::ffff:127.0.0.1]:1/', 'http://169.254.169.254/latest', 'http://u@127.0.0.1/', 'file:///etc/passwd', 'gopher://127.0.0.1/', 'unix:/x'])
    if (!url.includes('::ffff')) problem(await admin.post('/notify/channels', { kind: 'webhook', name: tag, state: 'active', secret: KEY, config: { url } }, { expect: 'any' }), 422, 'invalid');
  for (const pattern of ['0.0.0.0/0', '169.254.169.254', 'http://a.cn', '*', '10.0.0.1/8', '0x7f.1'])
    problem(await admin.post('/notify/hosts', { pattern }, { expect: 'any' }), 422, 'invalid');
  const id = await makeChannel('webhook', { url: `${web.url}/go`, mac: 'sha256' }, { secret: KEY, state: 'disabled' });
  // A redirect to what is not listed: another loopback address, the metadata service.
  for (const to of [`http://127.0.0.2:${web.port}/`, 'http://169.254.169.254/', 'file:///etc/passwd', 'http://10.0.0.1/']) {
    web.answer = ({ url }) => (url === '/go' ? { status: 307, headers: { location: to } } : {});
    const before = web.calls.length;
    const d = await sent(id);
    assert.deepEqual([d.state, d.reason], ['dead', 'not_allowed'], to);
    assert.equal(web.calls.length, before + 1);
  }
  web.answer = () => ({});
  assert.equal((await sent(id)).state, 'sent');
});

test('an address that is taken off the list is called no more', async () => {
  const id = await makeChannel('webhook', { url: web.url, mac: 'sha256' }, { secret: KEY, state: 'disabled' });
  await admin.del(`/notify/hosts/${made.hosts.pop()}`);
  const d = await sent(id);
  made.hosts.push((await admin.post('/notify/hosts', { pattern: '127.0.0.1/32', note: tag })).json.id);
  assert.deepEqual([d.state, d.reason], ['dead', 'not_allowed']);
});

test('a warning reaches the liaison by mail and, being red or orange, by short message; once each', async () => {
  const mail = await makeChannel('email', mailConfig(mails.port));
  const sms = await makeChannel('sms', { url: `${web.url}/sms?to={{phone}}`, method: 'POST', content_type: 'application/json', headers: [{ name: 'X-Token', value: '{{secret}}' }], body: '{"phone":"{{phone}}","text":"{{text}}"}', success: '"ok"' }, { secret: 'token-1' });
  web.answer = () => ({ body: '{"code":"ok"}' });
  web.calls.length = 0;
  const id = await put({ title: `"引号"\n换行 {{title}} {{7*7}} \${x} <%= y %> ${tag}` });
  const list = (await settled(id, 2)).filter((d) => d.receiver_name === liaison.name);
  assert.deepEqual(list.map((d) => [d.kind, d.state]).sort(), [['email', 'sent'], ['sms', 'sent']]);
  assert.deepEqual(list.map((d) => d.shown_to).sort(), ['138****5678', `l${'*'.repeat(tag.length + 1)}@example.cn`]);
  const call = web.calls.find((c) => c.url.startsWith('/sms?to=13812345678'));
  assert.equal(call.headers['x-token'], 'token-1');
  const said = JSON.parse(call.body);
  assert.equal(said.phone, '13812345678');
  // I05: what looks like a template is printed as text.
  assert.ok(said.text.includes(`"引号" 换行 {{title}} {{7*7}} \${x} <%= y %> ${tag}`), said.text);
  const got = mails.mails.find((m) => m.to[0] === `l.${tag}@example.cn`);
  assert.match(decoded(got.head), /Subject: 【橙色】收到预警，待签收：/);
  assert.ok(got.body.includes('{{7*7}}'));
  // The outbox row once more: nothing is sent twice.
  const before = mails.mails.length;
  await sql(`INSERT INTO outbox (id, topic, subject_id, payload, created_at) VALUES ('${uuid()}', 'notice', '${id}', '{"ids":["${id}"]}', UTC_TIMESTAMP(6))`);
  const next = await put({ event: 'secret.expiring', level: 0, user: unit.user.id });
  await settled(next);
  assert.equal(mails.mails.filter((m) => m.body.includes(tag) && m.to[0].startsWith('l.')).length, 1, `${before}`);
  // A05: no address in the clear, neither in the rows nor in the logs.
  const dump = JSON.stringify(await sql('SELECT title, receiver_name, shown_to, last_error, HEX(sealed_to) FROM deliveries'));
  assert.equal(dump.includes('13812345678') || dump.includes(`l.${tag}@`), false);
  const yellow = await put({ level: 3 });
  assert.deepEqual((await settled(yellow)).filter((d) => d.receiver_name === liaison.name).map((d) => d.kind), ['email']);
  await removeChannel(mail);
  await removeChannel(sms);
});

test('a webhook is signed, and tried again until it is taken; what the receiver gets twice has one id', async () => {
  const hook = await makeChannel('webhook', { url: `${web.url}/hook`, mac: 'sha256' }, { secret: KEY });
  made.rules.push((await admin.post('/notify/rules', { event: 'collab.*', levels: [0, 1, 2, 3, 4], kind: 'webhook', audience: 'receivers', state: 'active' })).json.id);
  web.calls.length = 0;
  let down = true;
  web.answer = () => (down ? { status: 503 } : {});
  const id = await put({ event: 'collab.assigned', facts: '{"number":"XT-1"}' });
  const failed = await until(async () => (await logOf(id)).find((d) => d.attempts === 1 && d.last_error), { what: 'the first attempt failed' });
  assert.deepEqual([failed.state, failed.reason, failed.last_error], ['waiting', 'failed', 'answered 503']);
  assert.ok(Date.parse(failed.next_try_at) > Date.now() + 15_000, 'not at once');
  down = false;
  await sql(`UPDATE deliveries SET next_try_at = UTC_TIMESTAMP(6) WHERE notice_id = '${id}'`);
  const [done] = await settled(id);
  assert.deepEqual([done.state, done.attempts], ['sent', 2]);
  const calls = web.calls.filter((c) => c.url === '/hook');
  assert.equal(calls.length, 2);
  assert.equal(new Set(calls.map((c) => c.headers['x-tongchou-id'])).size, 1);
  for (const c of calls) assert.equal(c.headers['x-tongchou-signature'], signatureOf(KEY, c.headers['x-tongchou-timestamp'], c.body));
  const body = JSON.parse(calls[0].body);
  assert.deepEqual([body.event, body.level, body.facts.number, body.org_id], ['collab.assigned', 2, 'XT-1', unit.user.org_id]);
  await removeChannel(hook);
});

test('what cannot be delivered is dead with its reason, and is sent again from the log', async () => {
  const mail = await makeChannel('email', mailConfig(mails.port));
  mails.refuse = '550 no such mailbox';
  const id = await put({ level: 3 });
  const dead = (await settled(id)).find((d) => d.receiver_name === liaison.name);
  assert.deepEqual([dead.state, dead.reason], ['dead', 'failed']);
  mails.refuse = undefined;
  problem(await unit.post(`/deliveries/${dead.id}/resend`, {}, { expect: 'any' }), 403, 'forbidden');
  await admin.post(`/deliveries/${dead.id}/resend`);
  const again = (await settled(id)).find((d) => d.id === dead.id);
  assert.equal(again.state, 'sent');
  await sql(`UPDATE deliveries SET state = 'waiting', attempts = 7, next_try_at = UTC_TIMESTAMP(6) WHERE id = '${dead.id}'`);
  mails.refuse = '451 later';
  await sql(`UPDATE deliveries SET state = 'waiting', attempts = 7, next_try_at = UTC_TIMESTAMP(6) WHERE id = '${dead.id}'`);
  const last = await until(async () => (await logOf(id)).find((d) => d.id === dead.id && d.state !== 'waiting'), { what: 'the last attempt is over' });
  assert.ok(['dead', 'sent'].includes(last.state));
  mails.refuse = undefined;
  await removeChannel(mail);
});

test('quiet hours hold back yellow, not orange (K21)', async () => {
  const mail = await makeChannel('email', mailConfig(mails.port));
  const minute = (offset) => { const d = new Date(Date.now() + 8 * 3600_000 + offset * 60_000); return d.getUTCHours() * 60 + d.getUTCMinutes(); };
  await admin.put('/notify/quiet', { mode: 'on', from: minute(-60), to: minute(60) });
  const yellow = await put({ level: 3 });
  const orange = await put({ level: 2 });
  assert.ok((await settled(orange)).some((d) => d.kind === 'email' && d.state === 'sent'));
  const held = await until(async () => (await logOf(yellow)).find((d) => d.receiver_name === liaison.name), { what: 'the yellow one is planned' });
  assert.equal(held.state, 'waiting');
  assert.ok(Date.parse(held.next_try_at) > Date.now() + 50 * 60_000);
  await admin.put('/notify/quiet', { mode: 'off', from: 0, to: 0 });
  await sql(`DELETE FROM deliveries WHERE notice_id = '${yellow}'`);
  await removeChannel(mail);
});

test('a user refuses what the rule leaves to him, and nothing else', async () => {
  const { items } = (await unit.get('/notify/preferences')).json;
  assert.ok(items.some((x) => x.kind === 'email' && x.event === 'task.*' && x.wanted));
  assert.equal(items.some((x) => x.event === 'dispatch.arrived'), false, 'not a matter of taste');
  const mail = await makeChannel('email', mailConfig(mails.port));
  await unit.put('/notify/preferences', { refused: [{ kind: 'email', event: 'task.*' }, { kind: 'email', event: 'dispatch.arrived' }] });
  const urged = await put({ event: 'task.urged', user: unit.user.id });
  const arrived = await put({ level: 3, user: unit.user.id });
  await settled(arrived);
  assert.ok((await logOf(arrived)).some((d) => d.receiver_name === unit.user.name));
  assert.deepEqual(await logOf(urged), []);
  await unit.put('/notify/preferences', { refused: [] });
  await removeChannel(mail);
});

test('templates name known facts only; a subject is one line; a preview shows examples', async () => {
  const body = { event: 'task.urged', level: 1, kind: 'email', lang: 'zh-CN', subject: '催办 {{title}}', body: '{{due}} {{7*7}}' };
  const bad = async (more) => problem(await admin.post('/notify/templates', { ...body, ...more }, { expect: 'any' }), 422, 'invalid').errors[0];
  assert.deepEqual([(await bad({ body: '{{password}}' })).code, (await bad({ subject: 'a\r\nBcc: b' })).code, (await bad({ subject: '' })).code], ['placeholder', 'one_line', 'required']);
  const { json } = await admin.post('/notify/templates', body);
  const seen = (await admin.post('/notify/templates/preview', { event: body.event, level: 1, lang: 'zh-CN', subject: body.subject, body: '{{level}} {{event}} {{7*7}}' })).json;
  assert.deepEqual(seen, { subject: '催办 标题', body: '红色 催办 {{7*7}}' });
  problem(await admin.post('/notify/templates', body, { expect: 'any' }), 409, 'duplicate');
  await admin.del(`/notify/templates/${json.id}`, { query: { version: 1 } });
  const shipped = (await admin.get('/notify/templates')).json.items.find((t) => t.builtin);
  problem(await admin.del(`/notify/templates/${shipped.id}`, { query: { version: shipped.version }, expect: 'any' }), 409, 'conflict');
});

test('the configuration is the system administrator\'s (Z03)', async () => {
  for (const role of ['security_admin', 'audit_admin', 'unit_filler', 'analyst']) {
    const who = await signIn(role);
    for (const path of ['/notify/channels', '/notify/templates', '/notify/rules', '/notify/quiet', '/notify/hosts', '/deliveries'])
      problem(await who.get(path, { expect: 'any' }), 403, 'forbidden');
    problem(await who.post('/notify/hosts', { pattern: 'a.cn' }, { expect: 'any' }), 403, 'forbidden');
  }
});
