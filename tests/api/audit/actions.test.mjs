// Whatever is written through the contract leaves one row each: who, when, from where, what, before and after, with what result;
// and no row holds a secret (A03).
import { freshName, freshPassword, roleByCode } from '../lib/accounts.mjs';
import { anonymous, assert, before, jobDone, newKey, platform, signIn, test, until } from '../lib/harness.mjs';

const tag = newKey().slice(0, 8);
const secrets = [];
const writes = [];
let operations;

/** A client whose successful writes are remembered. */
function watched(client) {
  const { request } = client;
  client.request = async (method, path, options) => {
    const reply = await request.call(client, method, path, options);
    if (method !== 'GET' && reply.status < 400) writes.push({ method, path: `/api/v1${path.split('?')[0]}`, id: reply.headers.get('x-request-id'), user: client.user?.id });
    return reply;
  };
  return client;
}
const operationOf = ({ method, path }) => operations.find((o) => o.method === method && o.pattern.test(path));
before(async () => {
  const { json: contract } = await anonymous().get('/openapi.json');
  operations = Object.entries(contract.paths).flatMap(([path, item]) => Object.keys(item).map((m) => ({
    method: m.toUpperCase(), path, action: item[m]['x-audit'], pattern: new RegExp(`^${path.replaceAll(/\{[^}]+\}/g, '[^/]+')}$`) })));
});

async function administer() {
  const [system, security, audit] = (await Promise.all(['system_admin', 'security_admin', 'audit_admin'].map((r) => signIn(r)))).map(watched);
  const org_id = (await signIn('unit_filler')).user.org_id;
  const made = (await system.post('/users', { username: freshName(), display_name: tag, org_id })).json;
  secrets.push(made.password);
  const { json: role } = await security.post('/roles', { code: `a03_${tag}`, label_zh: '试', label_en: 'Try', permissions: ['asset.read'] });
  await security.put(`/roles/${role.id}`, { version: role.version, label_zh: '试试', label_en: 'Try', permissions: ['asset.read', 'org.read'] });
  await security.put(`/users/${made.user.id}/roles`, { version: made.user.version, role_ids: [role.id], scope_kind: 'own' });
  const { json: user } = await system.get(`/users/${made.user.id}`);
  await system.put(`/users/${user.id}`, { version: user.version, display_name: `${tag} 改`, state: 'active' });
  secrets.push((await system.post(`/users/${user.id}/password`)).json.password);
  const own = watched(platform().client());
  await own.signIn({ username: user.username, password: secrets.at(-1) });
  secrets.push(freshPassword());
  await own.post('/session/password', { old_password: secrets.at(-2), new_password: secrets.at(-1) });
  const again = watched(platform().client());
  await again.signIn({ username: user.username, password: secrets.at(-1) });
  await again.del('/sessions');
  await again.del('/session');
  await security.put(`/users/${user.id}/roles`, { version: (await security.get(`/users/${user.id}`)).json.version, role_ids: [(await roleByCode(security, 'unit_filler')).id], scope_kind: 'own' });
  await security.del(`/roles/${role.id}`);
  const client = (await system.post('/clients', { name: tag, org_id, permissions: ['event.ingest'] })).json;
  secrets.push(client.client_secret, (await system.post(`/clients/${client.client_id}/rotate`)).json.client_secret);
  await system.post(`/clients/${client.client_id}/revoke`);
  const { json: org } = await system.post('/orgs', { parent_id: (await system.get(`/orgs/${org_id}`)).json.parent_id, name: `单位 ${tag}`, org_type: '10', org_level: '3', region_code: '530100', sector_code: '01' });
  await system.put(`/orgs/${org.id}`, { version: org.version, name: `单位 ${tag} 改`, org_type: '10', org_level: '3', region_code: '530100', address: '某路一号' });
  const mobile = `138${String(Date.now()).slice(-8)}`;
  secrets.push(mobile);
  const { json: person } = await system.post('/people', { org_id: org.id, name: `人员 ${tag}`, duty: 'liaison', mobile });
  await system.put(`/people/${person.id}`, { version: person.version, name: `人员 ${tag}`, duty: 'staff', mobile });
  const policy = (await security.get('/sign-in-policy')).json.items.find((s) => s.name === 'session.hours');
  await security.put('/sign-in-policy', { name: policy.name, value: policy.value });
  const [setting] = (await system.get('/settings')).json.items;
  await system.put('/settings', { name: setting.name, value: setting.value });
  await audit.post('/audit/verifications');
  const { json: trail } = await audit.post('/audit/exports', { format: 'csv', from: new Date(Date.now() - 3_600_000).toISOString(), to: new Date().toISOString() });
  await until(async () => (await audit.get(`/audit/exports/${trail.id}`)).json.state === 'done');
}

async function coordinate() {
  const [analyst, leader, unit] = (await Promise.all(['analyst', 'leader', 'unit_filler'].map((r) => signIn(r)))).map(watched);
  const { json: asset } = await unit.post('/assets', { class_code: 'hardware', category_code: '01.01', name: `设备 ${tag}`, addresses: [] });
  const { json: changed } = await unit.put(`/assets/${asset.id}`, { version: asset.version, class_code: 'hardware', category_code: '01.01', name: `设备 ${tag} 改`, addresses: [] });
  await unit.del(`/assets/${asset.id}`, { query: { version: changed.version } });
  const { json: job } = await unit.upload('/assets/imports', { name: 'a.csv', content: `资产名称,资产类别,IP地址\n导入 ${tag},硬件设备,10.66.66.6` });
  await jobDone(unit, `/imports/${job.id}`);
  await jobDone(unit, `/imports/${(await unit.post('/assets/exports', { format: 'csv' })).json.id}`);
  const { json: file } = await unit.upload('/files', { name: '说明.txt', content: tag });
  const { json: warning } = await analyst.post('/warnings', { title: `预警 ${tag}`, kind_code: 'attack', level: 3, content: '请排查', targets: { orgs: [unit.user.org_id] } });
  await analyst.put(`/warnings/${warning.id}`, { version: warning.version, title: `预警 ${tag} 改`, kind_code: 'attack', level: 3, content: '请排查', targets: { orgs: [unit.user.org_id] } });
  const path = `/warnings/${warning.id}`;
  await analyst.post(`${path}/submit`, {});
  await leader.post(`${path}/approve`, {});
  await analyst.post(`${path}/publish`, {});
  const dispatch = await until(async () => (await unit.get('/dispatches', { query: { warning: warning.id } })).json.items[0], { what: 'the unit has it' });
  await unit.post(`/dispatches/${dispatch.id}/sign`, {});
  const feedback = { result: 'handled', text: '已处置', file_ids: [file.id] };
  await unit.post(`/dispatches/${dispatch.id}/feedback`, feedback);
  await analyst.post(`/dispatches/${dispatch.id}/return`, { opinion: '请补充' });
  await unit.post(`/dispatches/${dispatch.id}/feedback`, { ...feedback, file_ids: [] });
  await analyst.post(`/dispatches/${dispatch.id}/accept`, {});
}

test('each write of two busy days has its row', async () => {
  await administer();
  await coordinate();
  const rows = await platform().sql(`SELECT request_id, action, result, COALESCE(actor_user, ''), address, at <= UTC_TIMESTAMP(6) FROM audit_log WHERE request_id IN (${writes.map((w) => `'${w.id}'`)})`);
  const wrong = writes.flatMap((w) => {
    const { action } = operationOf(w);
    const mine = rows.filter(([id, a]) => id === w.id && a === action);
    if (action === 'none') return [];
    const [, , result, user, address, past] = mine[0] ?? [];
    return mine.length === 1 && result === 'ok' && (user === w.user || w.method + w.path === 'POST/api/v1/session') && /[.:]/.test(address) && past === '1' ? [] : [`${w.method} ${w.path} ${action}: ${JSON.stringify(mine)}`];
  });
  assert.deepEqual(wrong, []);
  assert.ok(new Set(writes.map((w) => operationOf(w).action)).size >= 35, `only ${new Set(writes.map((w) => operationOf(w).action)).size} kinds of acts`);
});

test('changes say before and after; no row holds a password, a secret or a whole number', async () => {
  const changes = await platform().sql(`SELECT action FROM audit_log WHERE before_json LIKE '%${tag}%' AND after_json LIKE '%${tag} 改%'`);
  for (const action of ['user.update', 'org.update', 'asset.update', 'warning.update']) assert.ok(changes.some(([a]) => a === action), `${action}: ${changes}`);
  for (const secret of secrets) {
    const [[n]] = await platform().sql(`SELECT COUNT(*) FROM audit_log WHERE CONCAT_WS(' ', before_json, after_json) LIKE '%${secret}%'`);
    assert.equal(n, '0', 'a secret stands in the trail');
  }
});

test('what was refused and what was looked at are rows too', async () => {
  const since = "at > UTC_TIMESTAMP(6) - INTERVAL 10 MINUTE";
  const name = freshName('nobody');
  await anonymous().post('/session', { username: name, password: freshPassword() }, { expect: 401 });
  const [[refused]] = await platform().sql(`SELECT COUNT(*) FROM audit_log WHERE ${since} AND action = 'session.create' AND result = 'refused' AND after_json LIKE '%${name}%'`);
  assert.equal(refused, '1');
  const reviewer = await signIn('unit_reviewer');
  const { json: person } = await reviewer.post('/people', { org_id: reviewer.user.org_id, name: tag, duty: 'staff', mobile: '13800000000' });
  const seen = await reviewer.get(`/people/${person.id}/contact`);
  assert.deepEqual(await platform().sql(`SELECT action, subject_id FROM audit_log WHERE request_id = '${seen.headers.get('x-request-id')}'`), [['person.contact', person.id]]);
  await reviewer.del(`/people/${person.id}`);
});
