// Machine tokens: what is in one, and every way of not having one.
import { createHmac, createPublicKey, generateKeyPairSync, randomUUID, sign } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { anonymous, assert, machine, platform, problem, promised, signIn, test } from '../lib/harness.mjs';

const b64 = (x) => Buffer.from(typeof x === 'string' ? x : JSON.stringify(x)).toString('base64url');
const open = (token) => token.split('.').slice(0, 2).map((part) => JSON.parse(Buffer.from(part, 'base64url')));
const ownKey = () => readFileSync(join(platform().state, 'keys/jwt-es256.pem'), 'utf8');
const es256 = (head, claims, key = ownKey(), dsaEncoding = 'ieee-p1363') => {
  const text = `${b64(head)}.${b64(claims)}`;
  return `${text}.${sign('sha256', Buffer.from(text), { key, dsaEncoding }).toString('base64url')}`;
};
const HEAD = { alg: 'ES256', typ: 'JWT' };
async function ask(token, expect = 401) {
  const client = anonymous();
  client.bearer = token;
  return client.get('/assets', { expect, query: { size: 1 } });
}
const END_MS = 5000;
async function assertEnded(client, since) {
  const status = async () => (await client.get('/assets', { expect: 'any', query: { size: 1 } })).status;
  for (let late = false; ;) {
    late = performance.now() - since >= END_MS;
    const answers = await Promise.all(Array.from({ length: 24 }, status));
    if (answers.every((s) => s === 401)) return;
    assert.ok(!late, answers.join());
  }
}
/** A client of its own, made by the system administrator. */
async function freshClient() {
  const system = await signIn('system_admin');
  const { json } = await system.post('/clients', { name: `t ${randomUUID()}`, org_id: system.user.org_id, permissions: ['asset.read'] });
  return { system, ...json };
}

test('a token is ES256, for this installation, for 15 minutes', async () => {
  const one = await machine();
  const [head, claims] = open(one.bearer);
  assert.equal(head.alg, 'ES256');
  assert.equal(claims.exp - claims.iat, 900);
  assert.equal(claims.aud, 'tongchou');
  const conf = readFileSync(join(platform().state, 'etc/tongchou.conf'), 'utf8');
  assert.match(conf, new RegExp(`^installation_id = ${claims.iss}$`, 'm'));
  const [, again] = open((await machine()).bearer);
  assert.equal(again.sub, claims.sub);
  assert.notEqual(again.jti, claims.jti);
  assert.equal((await ask(one.bearer, 200)).status, 200);
});

test('a token signed by the right key is still refused for each wrong claim', async () => {
  const [, good] = open((await machine()).bearer);
  assert.equal((await ask(es256(HEAD, good), 200)).status, 200, 'the forger of this test signs as the platform does');
  const now = Math.floor(Date.now() / 1000);
  const wrong = { 'another issuer': { iss: '00000000' }, 'no issuer': { iss: undefined }, 'another audience': { aud: 'x' }, 'no audience': { aud: undefined },
    'a list of audiences': { aud: ['tongchou'] }, 'expired': { exp: now - 1 }, 'no end': { exp: undefined }, 'an end that is text': { exp: `${now + 900}` },
    'not yet valid': { nbf: now + 600 }, 'from the future': { iat: now + 600 }, 'nobody': { sub: '01a20b7e-1b59-72ba-8a44-6d67e9334f25' },
    'no subject': { sub: undefined }, 'a subject that is SQL': { sub: "' OR 1=1 -- aaaaaaaaaaaaaaaaaaaaaaaaa" }, 'an older epoch': { epoch: good.epoch - 1 },
    'no epoch': { epoch: undefined }, 'a longer life than any token has': { exp: now + 10 * 365 * 86400 } };
  for (const [what, change] of Object.entries(wrong))
    {
    const reply = await ask(es256(HEAD, { ...good, jti: randomUUID(), ...change }), 'any');
    assert.equal(reply.status, 401, what);
    problem(reply, 401, 'token_invalid', 'Authorization');
  }
});

test('only ES256 by the pinned key counts', async () => {
  const token = (await machine()).bearer;
  const [, good] = open(token);
  const [h, p, s] = token.split('.');
  const publicPem = createPublicKey(ownKey()).export({ type: 'spki', format: 'pem' });
  const hs = (alg, key) => {
    const text = `${b64({ alg, typ: 'JWT' })}.${p}`;
    return `${text}.${createHmac(`sha${alg.slice(2)}`, key).update(text).digest('base64url')}`;
  };
  const foreign = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
  const flip = (text, at) => text.slice(0, at) + (text[at] === 'A' ? 'B' : 'A') + text.slice(at + 1);
  const rs = () => {
    const text = `${b64({ alg: 'RS256' })}.${p}`;
    return `${text}.${sign('sha256', Buffer.from(text), rsa).toString('base64url')}`;
  };
  const bad = ['', '.', '..', 'a.b.c', h, `${h}.${p}`, `${h}.${p}.`, `${h}..${s}`, `.${p}.${s}`, `${token}.`, `${token}.x`, ` ${token}`, `${token}=`,
    `${b64({ alg: 'none' })}.${p}.`, `${b64({ alg: 'none' })}.${p}.${s}`, `${b64({ alg: 'None' })}.${p}.${s}`, `${b64({ alg: '' })}.${p}.${s}`, `${b64({})}.${p}.${s}`,
    `${b64('{"alg":"none","alg":"ES256"}')}.${p}.${s}`, `${b64({ ...HEAD, crit: ['x'] })}.${p}.${s}`, hs('HS256', publicPem), hs('HS256', ''), hs('HS384', publicPem), hs('HS512', publicPem), rs(),
    es256(HEAD, good, foreign), es256({ ...HEAD, kid: 'other' }, good, foreign), es256({ ...HEAD, kid: '../../../dev/null' }, good, foreign), es256({ ...HEAD, kid: "' UNION SELECT 1" }, good, foreign),
    es256({ ...HEAD, jku: 'http://127.0.0.1:1/' }, good, foreign), es256({ ...HEAD, jwk: foreign.export?.({ format: 'jwk' }) }, good, foreign), es256(HEAD, good, ownKey(), 'der'),
    `${h}.${b64({ ...good, sub: randomUUID() })}.${s}`, flip(token, h.length + 10), `${h}.${p}.${flip(s, 5)}`, `${h}.${p}.${b64(Buffer.alloc(64).toString('latin1'))}`, `${h}.${p}.${'A'.repeat(86)}`, `${h}.${p}.${'A'.repeat(6000)}`];
  for (const token_ of bad) {
    const begin = performance.now();
    const reply = await ask(token_);
    assert.equal(reply.status, 401, token_.slice(0, 80));
    assert.ok(performance.now() - begin < promised(1000));
  }
  problem(await ask(`${h}.${'A'.repeat(4200)}.${s}`), 401, 'token_invalid', 'Authorization');
});

test('a token beside a cookie: the token speaks, and never falls back to the session', async () => {
  const filler = await signIn('unit_filler');
  const reply = await filler.get('/session', { expect: 401, headers: { Authorization: 'Bearer x.y.z' } });
  problem(reply, 401, 'token_invalid', 'Authorization');
});

test('a revoked client: its tokens and its secret end within 5 seconds', async () => {
  const { system, client_id, client_secret } = await freshClient();
  const client = anonymous();
  await client.takeToken({ client_id, client_secret });
  await Promise.all(Array.from({ length: 24 }, () => client.get('/assets', { query: { size: 1 } })));
  const since = performance.now();
  await system.post(`/clients/${client_id}/revoke`);
  await assertEnded(client, since);
  problem(await anonymous().takeToken({ client_id, client_secret }, { expect: 401 }), 401, 'bad_credentials');
});

test('a rotated secret: the old one and its tokens end, the new one works', async () => {
  const { system, client_id, client_secret } = await freshClient();
  const client = anonymous();
  await client.takeToken({ client_id, client_secret });
  await Promise.all(Array.from({ length: 24 }, () => client.get('/assets', { query: { size: 1 } })));
  const since = performance.now();
  const { json } = await system.post(`/clients/${client_id}/rotate`);
  await assertEnded(client, since);
  problem(await anonymous().takeToken({ client_id, client_secret }, { expect: 401 }), 401, 'bad_credentials');
  await client.takeToken(json);
  assert.equal((await client.get('/assets', { query: { size: 1 } })).status, 200);
});

test('a client names itself by form or by Basic, not by both', async () => {
  const [{ client_id, client_secret }] = (await platform().credentials()).clients;
  const basic = `Basic ${Buffer.from(`${client_id}:${client_secret}`).toString('base64')}`;
  const take = (form, headers = {}) => anonymous().send('/oauth/token', 'application/x-www-form-urlencoded', form, { expect: 'any', headers });
  const whole = `grant_type=client_credentials&client_id=${client_id}&client_secret=${client_secret}`;
  const { json } = await take('grant_type=client_credentials', { Authorization: basic });
  assert.deepEqual([json.token_type, json.expires_in], ['Bearer', 900]);
  // Escapes mean what they escape.
  assert.equal((await take(whole.replace(/-/g, '%2D'))).status, 200);
  problem(await take(whole, { Authorization: basic }), 400, 'malformed', 'client_secret');
  problem(await take('grant_type=client_credentials'), 401, 'bad_credentials', 'client_id');
  problem(await take('grant_type=password'), 422, 'invalid', 'grant_type');
  problem(await take(`${whole}&username=x`), 422, 'invalid', 'username');
  problem(await take(`${whole}&client_id=${client_id}`), 400, 'duplicate_key', 'client_id');
  problem(await take('grant_type=%zz'), 400, 'malformed', 'body');
  for (const bad of ['Basic', 'Basic !!!', `Basic ${Buffer.from('no colon').toString('base64')}`, `Basic ${Buffer.from(':').toString('base64')}`])
    assert.equal((await take('grant_type=client_credentials', { Authorization: bad })).status, 401, bad);
  problem(await anonymous().post('/oauth/token', { grant_type: 'client_credentials', client_id, client_secret }, { expect: 415 }), 415, 'unsupported_media_type');
});

test('a client gets no permission of an administrator', async () => {
  const system = await signIn('system_admin');
  for (const permission of ['user.write', 'user.grant', 'role.write', 'audit.read', 'client.write', 'warning.approve', 'org.write', 'person.secret'])
    problem(await system.post('/clients', { name: 'x', org_id: system.user.org_id, permissions: [permission] }, { expect: 422 }), 422, 'invalid');
});
