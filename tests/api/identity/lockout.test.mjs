// Guessing passwords: locked after five, as rows; nothing tells a known name from an unknown one.
import { connect } from 'node:net';
import { join } from 'node:path';
import { freshName, makeAccount } from '../lib/accounts.mjs';
import { anonymous, assert, machine, platform, problem, test } from '../lib/harness.mjs';

const ROUNDS = 8;
const guess = (username, password = 'Wrong-password-1', headers = {}) => anonymous().post('/session', { username, password }, { expect: 'any', headers });
const asked = ({ status, json }) => ({ status, code: json.code, title: json.title, detail: json.detail, errors: json.errors });

test('the fifth failure locks, for a known and an unknown name alike', async () => {
  const user = await makeAccount('unit_filler');
  const unknown = freshName();
  const answers = { known: [], unknown: [] };
  for (let i = 0; i < 6; i++) {
    answers.known.push(asked(await guess(user.username)));
    answers.unknown.push(asked(await guess(unknown)));
  }
  const steady = (list) => list.map((a) => ({ ...a, detail: a.detail.replace(/\d+ seconds/, 'n seconds') }));
  assert.deepEqual(steady(answers.known), steady(answers.unknown));
  assert.deepEqual(answers.known.map((a) => a.status), [401, 401, 401, 401, 429, 429]);
  const reply = await guess(user.username, user.password);
  problem(reply, 429, 'locked');
  assert.ok(Number(reply.headers.get('retry-after')) > 60);
  const rows = await platform().sql(`SELECT subject, failures FROM login_failures WHERE subject IN ('user:${user.username}', 'user:${unknown}') AND locked_until > UTC_TIMESTAMP()`);
  assert.equal(rows.length, 2);
});

test('a lock is a row: it outlives the cache', async () => {
  const user = await makeAccount('unit_filler');
  for (let i = 0; i < 5; i++) await guess(user.username);
  await new Promise((resolve) => {
    const socket = connect(join(platform().state, 'run/redis-cache.sock'), () => socket.write('FLUSHALL\r\n'));
    socket.once('data', () => resolve(socket.destroy()));
  });
  problem(await guess(user.username, user.password), 429, 'locked');
  await platform().sql(`UPDATE login_failures SET locked_until = UTC_TIMESTAMP(6) WHERE subject = 'user:${user.username}'`);
  assert.equal((await guess(user.username, user.password)).status, 200);
  assert.deepEqual(await platform().sql(`SELECT * FROM login_failures WHERE subject = 'user:${user.username}'`), []);
});

test('guesses side by side are counted, and win nothing once five have failed', async () => {
  const user = await makeAccount('unit_filler');
  await Promise.all(Array.from({ length: 12 }, () => guess(user.username)));
  problem(await guess(user.username, user.password), 429, 'locked');
});

test('a header cannot change the address that is counted', async () => {
  const name = freshName();
  await guess(name, 'Wrong-password-1', { 'X-Forwarded-For': '203.0.113.77', 'X-Real-IP': '203.0.113.77' });
  const rows = await platform().sql("SELECT subject FROM login_failures WHERE subject LIKE 'addr:%'");
  assert.ok(rows.every(([subject]) => !subject.includes('203.0.113')), JSON.stringify(rows));
});

test('the time of a refusal does not tell whether the name exists', async () => {
  const user = await makeAccount('unit_filler');
  const times = { known: [], unknown: [] };
  const measure = async (list, name) => {
    const begin = performance.now();
    assert.equal((await guess(name)).status, 401);
    list.push(performance.now() - begin);
  };
  const least = (list) => Math.min(...list); // noise only adds: more rounds come nearer to the truth
  const alike = () => { const ratio = least(times.known) / least(times.unknown); return ratio > 0.6 && ratio < 1.7; };
  for (let round = 0; round < ROUNDS && !(round && alike()); round++) {
    for (let i = 0; i < 4; i++) {
      await measure(times.known, user.username);
      await measure(times.unknown, `nobody${round}${Date.now() % 1000}`);
    }
    await platform().sql(`DELETE FROM login_failures WHERE subject = 'user:${user.username}'`);
  }
  assert.ok(alike(), `known ${least(times.known).toFixed(1)} ms, unknown ${least(times.unknown).toFixed(1)} ms`);
});

test('a refused sign-in is in the audit trail, with the name and without the password', async () => {
  const name = freshName();
  const { json } = await guess(name, 'Secret-that-is-wrong-9');
  const [[result, after]] = await platform().sql(`SELECT result, after_json FROM audit_log WHERE request_id = '${json.request_id}'`);
  assert.equal(result, 'refused');
  assert.ok(after.includes(name) && !after.includes('Secret'));
});

test('a client that guesses secrets is locked as well', async () => {
  const { clients } = await platform().credentials();
  const { client_id } = clients.at(-1);
  const take = () => anonymous().takeToken({ client_id, client_secret: 'x'.repeat(43) }, { expect: 'any' });
  try {
    for (let i = 0; i < 5; i++) problem(await take(), 401, 'bad_credentials', 'client_secret');
    problem(await take(), 429, 'locked');
  } finally {
    await platform().sql(`DELETE FROM login_failures WHERE subject = 'client:${client_id}'`);
  }
  await machine({ n: clients.length - 1 });
});
