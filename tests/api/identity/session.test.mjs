// Browser sessions: the cookie, what ends them, what must come with a write.
import { createHash, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { freshPassword, makeAccount, roleByCode } from '../lib/accounts.mjs';
import { anonymous, assert, platform, problem, signIn, test } from '../lib/harness.mjs';

const ENDS_WITHIN_MS = 2000;
const LOOKS_AFTER = 24; // more than there are children, each of which may have kept a copy
const installation = () => /^installation_id = ([0-9a-f]{8})$/m.exec(readFileSync(join(platform().state, 'etc/tongchou.conf'), 'utf8'))[1];
const tokenOf = (client) => [...client.cookies.values()][0];
const hashOf = (client) => createHash('sha256').update(tokenOf(client)).digest('hex');
const look = async (client) => (await client.get('/session', { expect: 'any' })).status;

/** Asks all children at once, again until the time is over: then none may still know the session. */
async function assertEnded(client, since) {
  for (let late = false; ;) {
    late = performance.now() - since >= ENDS_WITHIN_MS;
    const known = (await Promise.all(Array.from({ length: LOOKS_AFTER }, () => look(client)))).filter((s) => s !== 401);
    if (!known.length) return;
    assert.ok(!late, `still known to ${known.length} of ${LOOKS_AFTER}`);
  }
}

test('the cookie is named after the installation and closed to scripts', async () => {
  const account = await platform().account('unit_filler');
  const reply = await anonymous().signIn(account);
  const [line] = reply.headers.getSetCookie();
  const [pair, ...attributes] = line.split('; ');
  assert.match(pair, new RegExp(`^tc_${installation()}=[A-Za-z0-9_-]{43}$`));
  assert.deepEqual(attributes.map((a) => a.toLowerCase()).sort(), ['httponly', 'max-age=43200', 'path=/', 'samesite=strict']);
  assert.equal(reply.headers.get('cache-control'), 'no-store');
});

test('only a digest of the token is stored', async () => {
  const client = await signIn('unit_filler');
  const [[n]] = await platform().sql(`SELECT COUNT(*) FROM sessions WHERE token_hash = UNHEX('${hashOf(client)}')`);
  assert.equal(n, '1');
  assert.doesNotMatch((await client.get('/session')).text, new RegExp(tokenOf(client)));
});

test('every sign-in is a new session; a cookie that was planted is not taken over', async () => {
  const account = await platform().account('unit_filler');
  const planted = anonymous();
  const name = `tc_${installation()}`;
  planted.cookies.set(name, 'A'.repeat(43));
  assert.equal(await look(planted), 401);
  await planted.signIn(account);
  assert.notEqual(tokenOf(planted), 'A'.repeat(43));
  for (const value of ['', 'A'.repeat(42), 'A'.repeat(44), 'A'.repeat(5000), "' OR 1=1", '%00'.repeat(14)]) {
    const client = anonymous();
    client.cookies.set(name, value);
    assert.equal(await look(client), 401, value.slice(0, 20));
  }
  const elsewhere = anonymous();
  elsewhere.cookies.set('tc_00000000', tokenOf(planted));
  assert.equal(await look(elsewhere), 401);
});

test('sign-out ends the session everywhere, and only this one', async () => {
  const [one, two] = await Promise.all([signIn('unit_filler'), signIn('unit_filler')]);
  await Promise.all(Array.from({ length: LOOKS_AFTER }, () => look(one)));
  const copy = anonymous();
  copy.cookies = new Map(one.cookies);
  const since = performance.now();
  const reply = await one.del('/session');
  assert.match(reply.headers.getSetCookie()[0], /Max-Age=0/);
  await assertEnded(copy, since);
  assert.equal(await look(two), 200);
});

const changes = {
  'a reset password': async (user, { system }) => system.post(`/users/${user.id}/password`),
  'a disabled account': async (user, { system }) => {
    const { json } = await system.get(`/users/${user.id}`);
    await system.put(`/users/${user.id}`, { version: json.version, display_name: json.display_name, state: 'disabled' });
  },
  'another role': async (user, { system, security }) => {
    const { json } = await system.get(`/users/${user.id}`);
    await security.put(`/users/${user.id}/roles`, { version: json.version, role_ids: [(await roleByCode(security, 'unit_reviewer')).id], scope_kind: 'own' });
  },
  'a closed organisation': async (user) => platform().sql(`UPDATE orgs SET state = 'closed' WHERE id = (SELECT org_id FROM users WHERE id = '${user.id}')`),
};
for (const [what, change] of Object.entries(changes))
  test(`${what} ends the sessions of the account within 2 seconds`, async () => {
    const [system, security] = await Promise.all([signIn('system_admin'), signIn('security_admin')]);
    const parent = (await system.get('/orgs', { query: { size: 1 } })).json.items[0];
    const org = what.includes('organisation') && (await system.post('/orgs', { parent_id: parent.id, name: `T ${Date.now()}`, region_code: parent.region_code, org_level: parent.org_level, org_type: '99' })).json.id;
    const user = await makeAccount('unit_filler', org ? { org } : {});
    const client = await signIn(user);
    await Promise.all(Array.from({ length: LOOKS_AFTER }, () => look(client)));
    const since = performance.now();
    await change(user, { system, security });
    await assertEnded(client, since);
  });

test('a changed password ends the other sessions; the same password, a weak one and a wrong one are refused', async () => {
  const user = await makeAccount('unit_filler');
  const [one, two] = [await signIn(user), await signIn(user)];
  const change = (old_password, new_password) => one.post('/session/password', { old_password, new_password }, { expect: 'any' });
  problem(await change(user.password, user.password), 422, 'invalid', 'new_password');
  for (const weak of ['aaaaaaaaaaaa', 'abcdefgh1234', `Aa1!${user.username}`]) problem(await change(user.password, weak), 422, 'invalid', 'new_password');
  problem(await change('wrong password', freshPassword()), 401, 'bad_credentials', 'password');
  const since = performance.now();
  const password = freshPassword();
  assert.equal((await change(user.password, password)).status, 204);
  await assertEnded(two, since);
  assert.equal(await look(one), 200, 'who changed it goes on');
  problem(await anonymous().signIn(user, { expect: 401 }), 401, 'bad_credentials');
  await signIn({ ...user, password });
});

test('sessions end when idle for 30 minutes and after 12 hours', async () => {
  for (const set of ['last_seen_at = UTC_TIMESTAMP(6) - INTERVAL 31 MINUTE', 'ends_at = UTC_TIMESTAMP(6) - INTERVAL 1 SECOND']) {
    const client = await signIn('unit_filler');
    const since = performance.now();
    await platform().sql(`UPDATE sessions SET ${set} WHERE token_hash = UNHEX('${hashOf(client)}')`);
    await assertEnded(client, since);
  }
  const [[hours]] = await platform().sql('SELECT MAX(TIMESTAMPDIFF(MINUTE, created_at, ends_at)) FROM sessions');
  assert.ok(Number(hours) <= 720);
});

test('a session tells the sign-in before it', async () => {
  const user = await makeAccount('unit_filler');
  const [one, two] = [await signIn(user), await signIn(user)];
  assert.deepEqual([one.user.last_login_at, one.user.last_login_from], [null, null]);
  const { user: again } = (await two.get('/session')).json;
  assert.equal(again.last_login_from, '127.0.0.1');
  assert.ok(Math.abs(Date.now() - Date.parse(again.last_login_at)) < 60_000, again.last_login_at);
  assert.equal((await one.get('/session')).json.user.last_login_at, null, 'it does not move during the session');
});

test('an initial password opens nothing but its change', async () => {
  const system = await signIn('system_admin');
  const { json } = await system.post('/users', { username: `t.${Date.now()}`, display_name: 'first day', org_id: system.user.org_id });
  const client = await signIn({ username: json.user.username, password: json.password });
  assert.equal(client.user.must_change_password, true);
  problem(await client.get('/tasks', { expect: 403 }), 403, 'forbidden', 'password');
});

test('a write needs the Origin and the token of this very session', async () => {
  const [one, two] = await Promise.all([signIn('unit_filler'), signIn('unit_filler')]);
  const write = (headers) => one.request('DELETE', '/session', { headers, expect: 403 });
  problem(await write({ 'X-CSRF-Token': null }), 403, 'csrf', 'X-CSRF-Token');
  for (const token of ['', 'x', two.csrf, `${one.csrf}x`, one.csrf.toLowerCase()]) problem(await write({ 'X-CSRF-Token': token }), 403, 'csrf', 'X-CSRF-Token');
  problem(await write({ Origin: null }), 403, 'csrf', 'Origin');
  const { host } = new URL(one.base);
  for (const origin of ['null', 'http://evil.example', `http://${host}.evil.example`, `http://evil.example/${host}`, `ftp://${host}`, host, `http://${host}/`, `http://user@${host}`])
    problem(await write({ Origin: origin }), 403, 'csrf', 'Origin');
  assert.equal(await look(one), 200);
  problem(await anonymous().post('/session', { username: 'a', password: 'b' }, { headers: { Origin: 'http://evil.example' }, expect: 403 }), 403, 'csrf', 'Origin');
});

test('what somebody else writes into the cache is no session', async () => {
  const client = await signIn('unit_filler');
  const strangers = randomBytes(32).toString('base64url');
  const socket = connect(join(platform().state, 'run/redis-cache.sock'));
  const set = (hash, bytes) => new Promise((resolve) => {
    const key = `s:${hash}`;
    socket.once('data', resolve);
    socket.write(Buffer.concat([Buffer.from(`*3\r\n$3\r\nSET\r\n$${key.length}\r\n${key}\r\n$${bytes.length}\r\n`), bytes, Buffer.from('\r\n')]));
  });
  const stranger = anonymous();
  stranger.cookies.set(`tc_${installation()}`, strangers);
  for (const bytes of [Buffer.from(''), Buffer.alloc(10_000, 0x41), Buffer.concat([Buffer.from('TCP\0v01\0'), Buffer.alloc(4000)])]) {
    await set(createHash('sha256').update(strangers).digest('hex'), bytes);
    await set(hashOf(client), bytes);
    assert.equal(await look(stranger), 401);
    assert.equal(await look(client), 200);
  }
  socket.destroy();
});
