// Each part dies while people work; nothing that was acknowledged may be lost or doubled, nobody is signed out, and the
// platform recovers without help once the part is back. ROUNDS: how often each test kills its part (1).
import { existsSync } from 'node:fs';
import { chmod, readdir, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { after, assert, before, machine, newKey, platform, promised, signIn, test, until } from '../api/lib/harness.mjs';
import { Ledger } from './ledger.mjs';

const ROUNDS = Number(process.env.ROUNDS ?? 1);
// What the issue allows while Redis is away.
const REDIS_AWAY = { refusals: false, limit: 2000 };
// Several chunks of a publication.
const UNITS = 2000;

let stack;
let people;
before(async () => {
  stack = platform();
  const [analyst, leader, unit] = await Promise.all([signIn('analyst'), signIn('leader'), signIn('unit_filler')]);
  // The demonstration's client 1 is the system of the first unit.
  people = { analyst, leader, unit, machine: await machine({ n: 1 }) };
});
after(async () => {
  for (const part of ['db', 'cache', 'queue']) await stack.resume(part).catch(() => {});
  for (const part of ['db', 'cache', 'queue', 'api', 'worker']) await stack.start(part);
});

async function under(t, fault, options) {
  const ledger = new Ledger(people, options);
  await ledger.during(async () => {
    for (let round = 0; round < ROUNDS; round++) await fault(ledger, round);
  });
  await ledger.settle();
  t.diagnostic(ledger.summary());
  return ledger;
}
/** Until n more writes are acknowledged while the part is away. */
const working = (ledger, n = 10) => {
  const from = ledger.writes;
  return until(() => ledger.writes >= from + n, { timeout: 120_000, what: 'work goes on' });
};

test('every child of the API is killed', async (t) => {
  const master = await stack.pid('api');
  await under(t, async () => {
    for (const child of await stack.children('api')) {
      process.kill(child, 'SIGKILL');
      await until(() => !existsSync(`/proc/${child}`), { what: 'the dead child is collected' });
    }
  });
  assert.equal(await stack.pid('api'), master);
});

test('the whole API is killed', (t) => under(t, async () => {
  await stack.kill('api');
  await stack.start('api');
}));

test('all workers are killed in the middle of an import', async (t) => {
  const mark = newKey();
  const rows = Array.from({ length: 4000 }, (_, i) => `${mark} ${i},硬件设备,10.8.${i >> 8}.${i & 255}`);
  const { json: job } = await people.unit.upload('/assets/imports', { name: '台账.csv', content: ['资产名称,资产类别,IP地址', ...rows].join('\n') }, { expect: 202 });
  const progress = async () => (await people.unit.get(`/imports/${job.id}`)).json;
  await until(async () => (await progress()).rows_done > 0, { every: 10, what: 'the import has begun' });
  await under(t, async () => {
    await stack.kill('worker');
    await stack.start('worker');
  });
  const done = await until(async () => { const now = await progress(); return ['done', 'failed'].includes(now.state) && now; }, { timeout: 120_000 });
  assert.deepEqual([done.state, done.rows_done, done.created, done.rejected], ['done', 4000, 4000, 0]);
  assert.equal((await people.unit.get('/assets', { query: { q: mark, size: 1, total: 'exact' } })).json.total, 4000);
});

test('the workers are killed in the middle of a publication to many units', async () => {
  const { analyst, leader, unit } = people;
  const mark = newKey().slice(0, 8);
  await stack.sql(`INSERT INTO orgs (id, parent_id, depth, name, org_type, org_level, region_code, created_at, updated_at, org_l1, org_l2, org_l3, sector_code)
    SELECT x.id, o.parent_id, 3, CONCAT('${mark} ', x.seq), '10', '3', o.region_code, UTC_TIMESTAMP(6), UTC_TIMESTAMP(6), o.org_l1, o.org_l2, x.id, o.sector_code
    FROM (SELECT seq, CAST(CONCAT('${mark}-0000-7000-8000-', LPAD(HEX(seq), 12, '0')) AS UUID) AS id FROM seq_1_to_${UNITS}) x
    JOIN orgs o ON o.id = '${unit.user.org_id}'`.replaceAll('\n', ' '));
  try {
    const { region_code } = (await analyst.get(`/orgs/${unit.user.org_id}`)).json;
    const targets = { orgs: [], regions: [`${region_code.slice(0, 4)}00`], sectors: [] };
    const { json: draft } = await analyst.post('/warnings', { title: `publication ${mark}`, kind_code: 'attack', level: 4, content: '请排查', targets });
    const path = `/warnings/${draft.id}`;
    await analyst.post(`${path}/submit`, {});
    await leader.post(`${path}/approve`, {});
    const killWorkers = await stack.aimAtWorkers();
    const { total } = (await analyst.post(`${path}/publish`, {})).json.publication;
    assert.ok(total > UNITS, `${total} units`);
    const progress = async () => (await analyst.get(path)).json;
    await until(async () => (await progress()).publication.done > 0, { every: 1, what: 'the first units have it' });
    killWorkers();
    const left = await progress();
    assert.ok(left.state === 'publishing' && left.publication.done < total, `killed too late: ${JSON.stringify(left.publication)}`);
    await stack.endLeases();
    await stack.start('worker');
    const done = await until(async () => { const now = await progress(); return now.state === 'published' && now; }, { timeout: 120_000, what: 'it is published' });
    assert.deepEqual([done.publication.done, done.publication.total, done.counts.total], [total, total, total]);
    const count = (from, where) => `(SELECT CONCAT(COUNT(*), ' ', COUNT(DISTINCT org_id)) FROM ${from} WHERE ${where})`;
    const [counts] = await stack.sql(`SELECT ${count('dispatches', `warning_id = '${draft.id}'`)}, ${count('tasks', `root_id = '${draft.id}' AND step = 'sign'`)}`);
    assert.deepEqual(counts, [`${total} ${total}`, `${total} ${total}`], 'each unit has one dispatch and one task');
  } finally {
    await stack.sql(`UPDATE orgs SET state = 'closed' WHERE name LIKE '${mark} %'`);
  }
});

test('MariaDB is killed: 503 with Retry-After, then as before', async (t) => {
  const ledger = await under(t, async () => {
    await stack.kill('db');
    await until(async () => (await people.unit.get('/assets', { expect: 'any' })).status === 503, { what: 'requests are refused' });
    assert.equal((await stack.client().get('//readyz', { expect: 'any' })).status, 503);
    await stack.start('db');
    await until(async () => (await stack.client().get('//readyz', { expect: 'any' })).status === 200, { what: 'the platform is ready' });
  });
  assert.ok(ledger.statuses.get(503) > 0, 'somebody met the refusal');
});

test('MariaDB stops answering without closing: refusals in time, the web files still come, then as before (F06)', async () => {
  const limit = promised(20_000);
  await stack.pause('db');
  try {
    const began = performance.now();
    const replies = await Promise.all(Array.from({ length: 12 }, () => people.unit.get('/assets', { expect: 'any', timeout: 2 * limit })));
    const took = performance.now() - began;
    assert.deepEqual([...new Set(replies.map((r) => r.status))].filter((s) => ![502, 503, 504].includes(s)), [], replies.map((r) => r.status).join());
    assert.ok(took < limit, `answered after ${Math.round(took)} ms`);
    assert.equal((await stack.client().get('//')).status, 200);
  } finally {
    await stack.resume('db');
  }
  await until(async () => (await people.unit.get('/assets', { expect: 'any' })).status === 200, { what: 'the platform is back' });
});

test('Redis answers with errors and nonsense: they count as no answer (F10)', async () => {
  for (const answer of ['-LOADING Redis is loading the dataset in memory\r\n', '-READONLY You cannot write against a read only replica.\r\n', "-OOM command not allowed when used memory > 'maxmemory'.\r\n", '+maybe\r\n', '$5\r\nhello\r\n', '*1\r\n:7\r\n', '\u0000\u0001nonsense']) {
    const fakes = [];
    const sockets = [];
    try {
      for (const part of ['cache', 'queue']) {
        await stack.stop(part);
        const path = join(stack.state, `run/redis-${part}.sock`);
        await rm(path, { force: true });
        const server = createServer((socket) => sockets.push(socket.on('error', () => {}).on('data', () => socket.write(answer))));
        await new Promise((resolve) => server.listen(path, resolve));
        await chmod(path, 0o666);
        fakes.push(server);
      }
      const name = `redis ${newKey()}`;
      const made = await people.unit.post('/assets', { class_code: 'hardware', category_code: '01.01', name, addresses: [] }, { timeout: promised(10_000) });
      assert.equal((await people.unit.get(`/assets/${made.json.id}`)).json.name, name);
      assert.equal((await (await signIn('leader')).get('/session')).status, 200);
      const { json: { id } } = await people.unit.post('/assets/exports', { format: 'csv' });
      await until(async () => (await people.unit.get(`/imports/${id}`)).json.state === 'done', { what: 'a job runs' });
    } finally {
      for (const server of fakes) server.close();
      for (const socket of sockets) socket.destroy();
      for (const part of ['cache', 'queue']) {
        await rm(join(stack.state, `run/redis-${part}.sock`), { force: true });
        await stack.start(part);
      }
    }
  }
});

test('Redis cache is killed', (t) => under(t, async (ledger) => {
  await stack.kill('cache');
  await working(ledger);
  await stack.start('cache');
}, REDIS_AWAY));

test('Redis queue is killed and its data deleted', (t) => under(t, async (ledger) => {
  await stack.kill('queue');
  const data = join(stack.state, 'redis-queue');
  for (const name of await readdir(data)) await rm(join(data, name), { recursive: true });
  await working(ledger);
  await stack.start('queue');
}, REDIS_AWAY));

test('both Redis stop answering without closing', (t) => under(t, async (ledger) => {
  await stack.pause('cache');
  await stack.pause('queue');
  // Longer than an answer may take: whoever waited for Redis is found.
  const resumed = performance.now() + 1.5 * ledger.allowed;
  await until(() => performance.now() > resumed, { timeout: 120_000, what: 'several time-outs have passed' });
  await working(ledger, 1);
  await stack.resume('cache');
  await stack.resume('queue');
}, REDIS_AWAY));

test('a rolling reload of the API fails no request', async (t) => {
  await under(t, async () => {
    const old = new Set(await stack.children('api'));
    await stack.command('reload', 'api');
    await until(async () => {
      const now = await stack.children('api');
      return now.length >= old.size && now.every((pid) => !old.has(pid));
    }, { timeout: 120_000, what: 'all children are new' });
  }, { refusals: false });
});
