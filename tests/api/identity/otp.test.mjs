// The second factor: asked for after the password, used once, never half signed in.
import { createHmac } from 'node:crypto';
import { makeAccount } from '../lib/accounts.mjs';
import { anonymous, assert, platform, problem, signIn, test } from '../lib/harness.mjs';

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
function codeOf(secret, step = Math.floor(Date.now() / 30_000)) {
  const bits = [...secret].map((c) => LETTERS.indexOf(c).toString(2).padStart(5, '0')).join('');
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(step));
  const mac = createHmac('sha1', Buffer.from(bits.match(/.{8}/g).map((b) => parseInt(b, 2)))).update(counter).digest();
  return String((mac.readUInt32BE(mac.at(-1) & 15) & 0x7fffffff) % 1_000_000).padStart(6, '0');
}
const wrongOf = (code) => code.replace(/\d$/, (d) => (Number(d) + 5) % 10);

test('a second factor: set up, asked for, used once, turned off', async () => {
  const user = await makeAccount('unit_filler');
  const client = await signIn(user);
  assert.equal(client.user.otp, false);
  const { json: { secret, uri } } = await client.post('/session/otp');
  assert.ok(uri.includes(secret) && uri.startsWith('otpauth://totp/'));
  let step;
  const enable = (fields, expect) => {
    step = Math.floor(Date.now() / 30_000);
    return client.put('/session/otp', { secret, password: user.password, otp: codeOf(secret, step), ...fields }, { expect });
  };
  problem(await enable({ otp: wrongOf(codeOf(secret)) }, 422), 422, 'invalid', 'otp');
  problem(await enable({ password: 'not the password' }, 401), 401, 'bad_credentials', 'password');
  // Nothing has changed so far.
  assert.equal((await anonymous().signIn(user)).json.user.otp, false);
  assert.equal((await enable({}, 204)).status, 204);
  assert.equal((await client.get('/session')).json.user.otp, true);

  const half = anonymous();
  problem(await half.signIn(user, { expect: 401 }), 401, 'otp_required', 'otp');
  assert.equal(half.cookies.size, 0);
  problem(await half.get('/session', { expect: 401 }), 401, 'unauthenticated');
  const attempt = (otp, expect) => anonymous().post('/session', { username: user.username, password: user.password, otp }, { expect });
  problem(await attempt(codeOf(secret, step), 401), 401, 'otp_required', 'otp');
  problem(await attempt('12345', 422), 422, 'invalid', 'otp');
  problem(await anonymous().post('/session', { username: user.username, password: 'wrong', otp: codeOf(secret, step + 1) }, { expect: 401 }), 401, 'bad_credentials');
  await platform().sql(`UPDATE users SET otp_last_step = ${step - 5} WHERE id = '${user.id}'`);
  const both = await Promise.all([attempt(codeOf(secret), 'any'), attempt(codeOf(secret), 'any')]);
  assert.deepEqual(both.map((r) => r.status).sort(), [200, 401], 'one code opens one session');

  const [[sealed]] = await platform().sql(`SELECT COUNT(*) FROM users WHERE id = '${user.id}' AND LENGTH(otp_secret) > 40`);
  assert.equal(sealed, '1');
  await platform().sql(`UPDATE users SET otp_last_step = ${step - 5} WHERE id = '${user.id}'`);
  const remove = (otp, expect) => client.post('/session/otp/remove', { password: user.password, otp }, { expect });
  problem(await remove(wrongOf(codeOf(secret)), 401), 401, 'otp_required', 'otp');
  assert.equal((await remove(codeOf(secret), 204)).status, 204);
  assert.equal((await anonymous().signIn(user)).status, 200);
});

test('guessing codes locks like guessing passwords', async () => {
  const user = await makeAccount('unit_filler');
  const client = await signIn(user);
  const { json: { secret } } = await client.post('/session/otp');
  await client.put('/session/otp', { secret, password: user.password, otp: codeOf(secret) });
  const wrong = () => anonymous().post('/session', { username: user.username, password: user.password, otp: wrongOf(codeOf(secret)) }, { expect: 'any' });
  for (let i = 0; i < 4; i++) problem(await wrong(), 401, 'otp_required', 'otp');
  problem(await wrong(), 429, 'locked');
});
