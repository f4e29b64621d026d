// Events while parts die: every accepted line becomes exactly one event, whatever is killed and whatever Redis forgets.
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { after, assert, before, machine, newKey, platform, signIn, test, until } from '../api/lib/harness.mjs';

const REQUESTS = 30;
const LINES = 400;
const NDJSON = 'application/x-ndjson';

let stack;
let analyst;
before(async () => {
  stack = platform();
  analyst = await signIn('analyst');
});
after(async () => {
  await stack.resume('queue').catch(() => {});
  for (const part of ['db', 'cache', 'queue', 'api', 'worker']) await stack.start(part);
});

const line = (mark, i) => JSON.stringify({
  timestamp: new Date().toISOString(), flow_id: i, event_type: 'alert', src_ip: '198.51.100.1', dest_ip: `10.99.${i >> 8}.${i & 255}`,
  alert: { signature: `${mark} ${i}`, signature_id: i, severity: 2 },
});

/** Sends until all is accepted; a request that got no answer is sent again, as a sender would. Returns the names accepted. */
async function sendAll(mark, whenHalf) {
  const sender = await machine({ n: 1 });
  const names = [];
  for (let k = 0; k < REQUESTS; k++) {
    if (k === REQUESTS / 2) await whenHalf();
    const from = k * LINES;
    const body = Array.from({ length: LINES }, (_, i) => line(mark, from + i)).join('\n');
    const reply = await until(() => sender.send('/events?format=eve', NDJSON, body, { expect: 202, timeout: 10_000 }), { timeout: 120_000, every: 500, what: `request ${k} is accepted` });
    assert.equal(reply.json.accepted, LINES);
    for (let i = 0; i < LINES; i++) names.push(`${mark} ${from + i}`);
  }
  return names;
}

async function eachOnce(mark, names) {
  const stored = () => stack.sql(`SELECT name, COUNT(*) FROM events WHERE name LIKE '${mark} %' AND day >= UTC_DATE() - INTERVAL 1 DAY GROUP BY name`);
  await until(async () => (await stack.sql('SELECT COUNT(*) FROM event_parts'))[0][0] === '0', { timeout: 120_000, what: 'nothing waits' });
  const rows = await stored();
  assert.equal(rows.length, names.length, `${names.length - rows.length} events are lost`);
  assert.deepEqual(rows.filter(([, n]) => n !== '1'), []);
}

async function survives(fault) {
  const mark = `F${newKey().slice(0, 8)}`;
  await eachOnce(mark, await sendAll(mark, fault));
  assert.ok((await analyst.get('/events', { query: { q: `${mark} 1` } })).json.total > 0);
}

test('the workers are killed in the middle', () => survives(async () => {
  await stack.kill('worker');
  await stack.start('worker');
}));

test('one worker is killed, the other takes its partitions over', () => survives(async () => {
  await stack.kill('worker-1');
  setTimeout(() => stack.start('worker-1').catch(() => {}), 8000).unref();
}));

test('the queue is emptied', () => survives(async () => {
  await stack.kill('queue');
  const data = join(stack.state, 'redis-queue');
  for (const name of await readdir(data)) await rm(join(data, name), { recursive: true });
  await stack.start('queue');
}));

test('the queue is away for all of the time', async () => {
  await stack.stop('queue');
  try {
    await survives(async () => {});
  } finally {
    await stack.start('queue');
  }
});

test('the database is killed', () => survives(async () => {
  await stack.kill('db');
  await stack.start('db');
}));
