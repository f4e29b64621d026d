// The sign-in policy that the security administrator sets, and one's own sessions.
import { after, assert, before, platform, problem, signIn, test, until } from '../lib/harness.mjs';
import { freshPassword, makeAccount } from '../lib/accounts.mjs';

const any = { expect: 'any' };
let security, was;
const set = (name, value) => security.put('/sign-in-policy', { name, value });
before(async () => {
  security = await signIn('security_admin');
  was = (await security.get('/sign-in-policy')).json.items;
});
after(async () => { for (const { name, value } of was) await set(name, value); });

test('each setting says its limits and who changed it; only its administrator may', async () => {
  const system = await signIn('system_admin');
  assert.deepEqual(was.map((s) => s.name), ['session.idle_minutes', 'session.hours', 'login.failures', 'login.lock_minutes', 'password.least', 'password.history', 'password.days']);
  problem(await system.put('/sign-in-policy', { name: 'password.least', value: 8 }, any), 403, 'forbidden');
  problem(await security.put('/settings', { name: 'work.from', value: 1 }, any), 403, 'forbidden');
  for (const [name, value, field] of [['password.least', 7, 'value'], ['password.least', 65, 'value'], ['work.from', 60, 'name'], ['moon', 1, 'name']])
    problem(await security.put('/sign-in-policy', { name, value }, any), 422, 'invalid', field);
  await set('password.least', 14);
  const now = (await security.get('/sign-in-policy')).json.items.find((s) => s.name === 'password.least');
  assert.deepEqual([now.value, now.shipped, typeof now.updated_by_name], [14, 12, 'string']);
  const work = (await system.get('/settings')).json.items;
  assert.deepEqual(work.map((s) => [s.name, s.unit]), [['work.from', 'clock'], ['work.to', 'clock'], ['asset.review', 'switch'], ['audit.keep_days', 'days'], ['file.attachment_mb', 'megabytes'], ['file.sheet_mb', 'megabytes'], ['file.scan_mb', 'megabytes'], ['storage.least_percent', 'percent']]);
  await set('password.least', 12);
});

test('the last passwords do not come back, and a short one is refused by the length that is set', async () => {
  const account = await makeAccount('leader');
  let { password } = account;
  const change = async (next) => {
    const client = await signIn({ ...account, password });
    const reply = await client.post('/session/password', { old_password: password, new_password: next }, any);
    if (reply.status === 204) password = next;
    return reply;
  };
  const [a, b] = [freshPassword(), freshPassword()];
  await set('password.history', 3);
  await set('password.least', 20);
  problem(await change('Short1!aaaaaaaaa'), 422, 'invalid', 'new_password');
  await set('password.least', 12);
  assert.equal((await change(a)).status, 204);
  assert.equal((await change(b)).status, 204);
  const refused = await change(a);
  problem(refused, 422, 'invalid', 'new_password');
  assert.equal(refused.json.errors[0].code, 'earlier');
  const system = await signIn('system_admin');
  const { json: reset } = await system.post(`/users/${account.id}/password`);
  password = reset.password;
  problem(await change(b), 422, 'invalid', 'new_password');
  await set('password.history', 0);
  assert.equal((await change(a)).status, 204);
});

test('a password that is too old is changed before anything else; a session ends when it was idle too long', async () => {
  const account = await makeAccount('leader');
  const client = await signIn(account);
  await platform().sql(`UPDATE users SET password_changed_at = UTC_TIMESTAMP(6) - INTERVAL 91 DAY WHERE id = '${account.id}'`);
  await until(async () => (await client.get('/session')).json.user.must_change_password, { what: 'the old password counts as to be changed' });
  problem(await client.get('/warnings', any), 403, 'forbidden', 'password');
  await set('password.days', 0);
  await until(async () => !(await client.get('/session')).json.user.must_change_password, { what: 'passwords last for ever' });
  await set('session.idle_minutes', 5);
  await until(async () => {
    await platform().sql(`UPDATE sessions SET last_seen_at = UTC_TIMESTAMP(6) - INTERVAL 6 MINUTE WHERE user_id = '${account.id}'`);
    return (await client.get('/session', any)).status === 401;
  }, { what: 'the idle session has ended' });
});

test('own sessions are seen and ended one by one or all but this', async () => {
  const account = await makeAccount('leader');
  const clients = [await signIn(account), await signIn(account), await signIn(account)];
  const list = async () => (await clients[0].get('/sessions')).json.items;
  const all = await list();
  assert.deepEqual([all.length, all.filter((s) => s.own).length], [3, 1]);
  assert.ok(all.every((s) => s.address && Date.parse(s.ends_at) > Date.now()));
  problem(await (await signIn('leader')).del(`/sessions/${all.find((s) => !s.own).id}`, any), 404, 'not_found');
  await clients[0].del(`/sessions/${all.find((s) => !s.own).id}`);
  assert.equal((await list()).length, 2);
  await clients[0].del('/sessions');
  assert.deepEqual((await list()).map((s) => s.own), [true]);
  for (const gone of clients.slice(1)) await until(async () => (await gone.get('/session', any)).status === 401, { what: 'the other session has ended' });
});
