// Redis is emptied again and again while jobs are put and run: each of them still runs, and has its effect once. Nobody is signed
// out meanwhile, what was revoked stays revoked, a lock stays locked (F08).
import { connect } from 'node:net';
import { join } from 'node:path';
import { freshPassword, makeAccount } from '../api/lib/accounts.mjs';
import { anonymous, assert, before, newKey, platform, problem, signIn, test, until } from '../api/lib/harness.mjs';

const JOBS = 40;
let unit;
before(async () => { unit = await signIn('unit_filler'); });

/** One command to a Redis of the platform; resolves to the first line of its answer. */
const redis = (name, command) => new Promise((resolve, reject) => {
  const socket = connect(join(platform().state, 'run', `redis-${name}.sock`));
  socket.once('error', reject);
  socket.once('data', (data) => { socket.end(); resolve(data.toString().split('\r\n')[0]); });
  socket.write(`${command}\r\n`);
});
const wipe = async () => { for (const name of ['queue', 'cache']) assert.equal(await redis(name, 'FLUSHALL'), '+OK'); };

test('Redis is emptied while jobs run: each of them runs, once in effect', async () => {
  const mark = newKey().slice(0, 8);
  const ids = [];
  const csv = (i) => ['资产名称,资产类别,IP地址', ...Array.from({ length: 5 }, (_, k) => `${mark} ${i}-${k},硬件设备,10.9.${i}.${k}`)].join('\n');
  let wiped = 0;
  let putting = true;
  const wiping = (async () => { while (putting) { await wipe(); wiped++; } })();
  for (let i = 0; i < JOBS; i++) ids.push((await unit.upload('/assets/imports', { name: `${mark}-${i}.csv`, content: csv(i) }, { expect: 202 })).json.id);
  const left = () => platform().sql(`SELECT COUNT(*) FROM jobs WHERE id IN (${ids.map((id) => `'${id}'`)}) AND state IN ('queued', 'running')`).then(([[n]]) => Number(n));
  await until(async () => (await left()) === 0, { timeout: 120_000, what: 'all jobs have ended' });
  putting = false;
  await wiping;
  assert.ok(wiped > 10, `only ${wiped} times`);
  const rows = await platform().sql(`SELECT state, attempts, created FROM jobs WHERE id IN (${ids.map((id) => `'${id}'`)})`);
  assert.deepEqual(rows, Array.from({ length: JOBS }, () => ['done', '1', '5']));
  assert.equal((await unit.get('/assets', { query: { q: mark, size: 1, total: 'exact' } })).json.total, 5 * JOBS);
  // The group of workers has made itself anew: a job is taken from the stream, not found by the sweep alone.
  await until(async () => (await redis('queue', 'XINFO GROUPS jobs')) === '*1', { what: 'the group is there again' });
});

test('emptied Redis: nobody is signed out, the revoked stays revoked, the locked stays locked', async () => {
  const [account, gone, locked] = [await makeAccount('leader'), await makeAccount('leader'), await makeAccount('leader')];
  const [stays, leaves] = [await signIn(account), await signIn(gone)];
  await leaves.request('DELETE', '/session');
  for (let tries = 0; tries < 5; tries++) await anonymous().post('/session', { username: locked.username, password: freshPassword() }, { expect: 'any' });
  await wipe();
  assert.equal((await stays.get('/session')).json.user.id, account.id);
  problem(await leaves.get('/session', { expect: 'any' }), 401, 'unauthenticated');
  const refused = await anonymous().post('/session', { username: locked.username, password: locked.password }, { expect: 'any' });
  assert.equal(refused.status, 429);
});
