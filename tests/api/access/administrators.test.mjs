// The three administrators: nobody holds two kinds, nobody helps himself, none is lost.
import { freshName, makeAccount, roleByCode } from '../lib/accounts.mjs';
import { anonymous, assert, before, platform, problem, signIn, test } from '../lib/harness.mjs';

let system;
let security;
let audit;
before(async () => {
  [system, security, audit] = await Promise.all(['system_admin', 'security_admin', 'audit_admin'].map((r) => signIn(r)));
});
const grant = async (user, codes, options = {}) => {
  const role_ids = await Promise.all(codes.map(async (code) => (await roleByCode(security, code)).id));
  const { json } = await security.get(`/users/${user.id}`);
  return (options.by ?? security).put(`/users/${user.id}/roles`, { version: json.version, role_ids, scope_kind: options.scope ?? 'own' }, { expect: 'any' });
};
const freshUser = async () => (await system.post('/users', { username: freshName(), display_name: 'x', org_id: system.user.org_id })).json.user;

test('no account holds two administrator roles, or one beside a business role', async () => {
  const user = await freshUser();
  const kinds = ['system_admin', 'security_admin', 'audit_admin'];
  for (const one of kinds)
    for (const other of [...kinds.filter((k) => k !== one), 'analyst', 'setup_admin'])
      problem(await grant(user, [one, other]), 422, 'invalid', 'role_ids');
  assert.deepEqual((await security.get(`/users/${user.id}`)).json.roles, []);
  assert.equal((await grant(user, ['unit_filler', 'unit_reviewer'])).status, 200);
});

test('each administrator does only his own', async () => {
  const user = await freshUser();
  const { id: role } = await roleByCode(security, 'unit_filler');
  problem(await system.put(`/users/${user.id}/roles`, { version: 1, role_ids: [role], scope_kind: 'own' }, { expect: 403 }), 403, 'forbidden');
  problem(await system.put(`/roles/${role}`, {}, { expect: 403 }), 403, 'forbidden');
  problem(await security.post('/users', {}, { expect: 403 }), 403, 'forbidden');
  problem(await security.post(`/users/${user.id}/password`, undefined, { expect: 403 }), 403, 'forbidden');
  problem(await security.post('/clients', {}, { expect: 403 }), 403, 'forbidden');
  for (const [method, path] of [['POST', '/users'], ['PUT', `/users/${user.id}/roles`], ['POST', '/roles'], ['POST', '/clients'], ['POST', '/orgs']])
    problem(await audit.request(method, path, { json: {}, expect: 403 }), 403, 'forbidden');
  for (const client of [system, security, audit])
    for (const path of ['/assets', '/warnings', '/dispatches?mine=todo', '/situation/overview'])
      problem(await client.get(path, { expect: 403 }), 403, 'forbidden');
});

test('nobody grants to himself, or changes the role that he holds', async () => {
  problem(await grant(security.user, ['security_admin']), 409, 'conflict');
  const own = await roleByCode(security, 'security_admin');
  const { version, label_zh, label_en, permissions } = own;
  problem(await security.put(`/roles/${own.id}`, { version, label_zh, label_en, permissions: [...permissions, 'org.write'] }, { expect: 409 }), 409, 'conflict');
});

test('a role cannot gather what the separation keeps apart', async () => {
  for (const permission of ['user.write', 'user.grant', 'role.write', 'audit.read', 'client.write'])
    problem(await security.post('/roles', { code: `t_${Date.now()}`, label_zh: 'x', label_en: 'x', permissions: ['org.read', permission] }, { expect: 422 }), 422, 'invalid', 'permissions/1');
  for (const [code, permission] of [['system_admin', 'user.grant'], ['system_admin', 'audit.read'], ['audit_admin', 'user.write'], ['system_admin', 'warning.approve'], ['analyst', 'role.write']]) {
    const { id, version, label_zh, label_en, permissions } = await roleByCode(security, code);
    const reply = await security.put(`/roles/${id}`, { version, label_zh, label_en, permissions: [...permissions, permission] }, { expect: 422 });
    problem(reply, 422, 'invalid', `permissions/${permissions.length}`);
  }
  problem(await security.post('/roles', { code: 't_none', label_zh: 'x', label_en: 'x', permissions: ['no.such'] }, { expect: 422 }), 422, 'invalid', 'permissions/0');
});

test('the last administrator of a kind cannot be disabled or lose the role; another one can', async () => {
  for (const last of [security.user, audit.user]) {
    const { json } = await system.get(`/users/${last.id}`);
    problem(await system.put(`/users/${last.id}`, { version: json.version, display_name: json.display_name, state: 'disabled' }, { expect: 409 }), 409, 'conflict');
  }
  problem(await grant(audit.user, ['analyst']), 409, 'conflict');
  problem(await grant(audit.user, []), 409, 'conflict');
  // The same role with another scope loses nobody.
  assert.equal((await grant(audit.user, ['audit_admin'])).status, 200);
  assert.equal((await grant(audit.user, ['audit_admin'], { scope: 'all' })).status, 200);
  audit = await signIn('audit_admin');
  const second = await makeAccount('audit_admin');
  assert.equal((await grant(second, [])).status, 200);
  const { json } = await system.get(`/users/${system.user.id}`);
  problem(await system.put(`/users/${system.user.id}`, { version: json.version, display_name: json.display_name, state: 'disabled' }, { expect: 409 }), 409, 'conflict');
});

test('a system administrator does not become another administrator by resetting a password', async () => {
  for (const other of [security, audit]) problem(await system.post(`/users/${other.user.id}/password`, undefined, { expect: 409 }), 409, 'conflict');
  const user = await makeAccount('audit_admin');
  const { password } = JSON.parse(await platform().ctl('reset-password', '--username', user.username));
  problem(await anonymous().signIn(user, { expect: 401 }), 401, 'bad_credentials');
  const client = await signIn({ username: user.username, password });
  assert.equal(client.user.must_change_password, true);
  const [[request]] = await platform().sql(`SELECT request_id FROM audit_log WHERE subject_id = '${user.id}' AND action = 'user.password'`);
  assert.equal(request, 'tongchou-ctl');
  assert.equal((await grant(user, [])).status, 200);
});

test('accounts outside the scope do not exist for an administrator of a part', async () => {
  const part = await makeAccount('system_admin', { org: (await signIn('unit_filler')).user.org_id });
  const again = await signIn(part);
  assert.notEqual(system.user.org_id, again.user.org_id);
  for (const [method, path, json] of [['GET', ''], ['PUT', '', { version: 1, display_name: 'x', state: 'disabled' }], ['POST', '/password']])
    problem(await again.request(method, `/users/${security.user.id}${path}`, { json, expect: 404 }), 404, 'not_found');
  problem(await again.post('/users', { username: freshName(), display_name: 'x', org_id: system.user.org_id }, { expect: 422 }), 422, 'invalid', 'org_id');
  const { json } = await again.get('/users', { query: { size: 200 } });
  assert.ok(json.items.every((u) => u.org_id === again.user.org_id));
  await grant(part, []);
});

test('the same key with a secret answer gives it again, and the database does not hold it open', async () => {
  const key = freshName('key');
  const body = { username: freshName(), display_name: 'x', org_id: system.user.org_id };
  const [first, again] = [await system.post('/users', body, { key }), await system.post('/users', body, { key })];
  assert.equal(first.json.password, again.json.password);
  const [[n]] = await platform().sql(`SELECT COUNT(*) FROM idempotency_keys WHERE idem_key = '${key}' AND reply NOT LIKE '%${first.json.password}%' AND reply NOT LIKE '%username%'`);
  assert.equal(n, '1');
  problem(await system.post('/users', { ...body, display_name: 'y' }, { key, expect: 422 }), 422, 'idempotency_key_reused');
});

test('a stale version and a taken name are conflicts', async () => {
  const user = await freshUser();
  problem(await system.put(`/users/${user.id}`, { version: user.version + 5, display_name: 'x', state: 'active' }, { expect: 409 }), 409, 'stale_version', 'version');
  problem(await system.post('/users', { username: user.username, display_name: 'x', org_id: system.user.org_id }, { expect: 409 }), 409, 'duplicate', 'username');
});
