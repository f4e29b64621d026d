// What an account may do is sealed: who writes it into the tables past the platform gains nothing, and is noticed.
import { freshName, makeAccount, roleByCode } from '../lib/accounts.mjs';
import { anonymous, assert, before, platform, problem, signIn, test, until } from '../lib/harness.mjs';

const any = { expect: 'any' };
let security;
before(async () => { security = await signIn('security_admin'); });

const sql = (text) => platform().sql(text);
const tryToSignIn = ({ username, password }) => anonymous().post('/session', { username, password }, any);
const trail = async (id) => (await (await signIn('audit_admin')).get(`/audit?subject=${id}&action=grant.altered&size=50`)).json.items;

async function refused(account) {
  const reply = await tryToSignIn(account);
  problem(reply, 403, 'forbidden', 'grant');
  assert.equal(reply.json.errors[0].code, 'altered');
}

test('a widened scope, another organisation or one more role: the session ends, signing in is refused, those who manage roles are told', async () => {
  const extra = await roleByCode(security, 'analyst');
  const { org_id: root } = (await signIn('analyst')).user;
  const { org_id: org } = (await signIn('unit_filler')).user;
  for (const alter of [
    (id) => `UPDATE users SET scope_kind = 'all' WHERE id = '${id}'`,
    (id) => `UPDATE users SET org_id = '${root}' WHERE id = '${id}'`,
    (id) => `INSERT INTO user_roles (user_id, role_id) VALUES ('${id}', '${extra.id}')`,
    (id) => `UPDATE users SET mac = NULL WHERE id = '${id}'`,
  ]) {
    const account = await makeAccount('unit_filler', { org });
    const client = await signIn(account);
    assert.equal((await client.get('/session')).status, 200);
    await sql(alter(account.id));
    await until(async () => (await client.get('/session', any)).status === 401, { what: 'the session of the altered account ends' });
    await refused(account);
    assert.deepEqual((await trail(account.id)).map((x) => x.result), ['refused', 'refused']);
    const notices = (await security.get('/notices?event=grant.altered&size=200')).json.items;
    assert.equal(notices.filter((x) => x.subject_id === account.id && x.level === 1).length, 2);
    await sql(`UPDATE users SET org_id = '${org}' WHERE id = '${account.id}'`);
  }
});

test('what the security administrator saves is sealed anew', async () => {
  const account = await makeAccount('unit_filler');
  await sql(`UPDATE users SET scope_kind = 'all' WHERE id = '${account.id}'`);
  await refused(account);
  const { version, roles } = (await security.get(`/users/${account.id}`)).json;
  await security.put(`/users/${account.id}/roles`, { version, role_ids: roles.map((x) => x.id), scope_kind: 'own' });
  assert.equal((await tryToSignIn(account)).status, 200);
});

test('one more permission or another kind written into a role refuses everybody who holds it, and nobody else', async () => {
  const made = (await security.post('/roles', { code: freshName('r').replace(/[.-]/g, '_').slice(0, 20), label_zh: '试', label_en: 'try', permissions: ['asset.read'] })).json;
  const account = await makeAccount(made.code);
  const other = await makeAccount('unit_filler');
  for (const [alter, mend] of [
    [`INSERT INTO role_permissions (role_id, permission) VALUES ('${made.id}', 'user.write')`, `DELETE FROM role_permissions WHERE role_id = '${made.id}' AND permission = 'user.write'`],
    [`UPDATE role_permissions SET permission = 'asset.write' WHERE role_id = '${made.id}'`, `UPDATE role_permissions SET permission = 'asset.read' WHERE role_id = '${made.id}'`],
    [`UPDATE roles SET admin_kind = 'audit' WHERE id = '${made.id}'`, `UPDATE roles SET admin_kind = 'none' WHERE id = '${made.id}'`],
  ]) {
    await sql(alter);
    await refused(account);
    assert.equal((await tryToSignIn(other)).status, 200);
    await sql(mend);
    assert.equal((await tryToSignIn(account)).status, 200);
  }
});

test('a machine client with more permissions than it was given gets no token, and its token no answer', async () => {
  const { client_id: id, client_secret: secret } = (await (await signIn('system_admin')).post('/clients', {
    name: freshName('c'), org_id: (await signIn('unit_filler')).user.org_id, permissions: ['event.ingest'] })).json;
  const client = platform().client();
  await client.takeToken({ client_id: id, client_secret: secret });
  await sql(`UPDATE clients SET permissions = 'asset.read,event.ingest' WHERE id = '${id}'`);
  await until(async () => (await client.get('/assets', any)).json.errors?.[0].code === 'altered', { what: 'the token of the altered client is refused' });
  const basic = Buffer.from(`${id}:${secret}`).toString('base64');
  const reply = await anonymous().request('POST', '/oauth/token', { body: 'grant_type=client_credentials', headers: { authorization: `Basic ${basic}`, 'content-type': 'application/x-www-form-urlencoded' }, expect: 'any' });
  problem(reply, 403, 'forbidden', 'grant');
  assert.equal((await trail(id)).length, 1);
});

test('the doctor counts what was altered', async () => {
  const doctor = () => platform().ctl('doctor').catch((e) => e.stdout);
  const counted = async () => Number(/accounts intact +(\d+) altered/.exec(await doctor())[1]);
  const account = await makeAccount('unit_filler');
  const was = await counted();
  assert.match(await doctor(), /ok +roles intact +0 altered/);
  await sql(`UPDATE users SET scope_kind = 'all' WHERE id = '${account.id}'`);
  assert.equal(await counted(), was + 1);
  assert.match(await doctor(), /FAIL +accounts intact/);
  await sql(`UPDATE users SET scope_kind = 'own' WHERE id = '${account.id}'`);
  assert.equal(await counted(), was);
});
