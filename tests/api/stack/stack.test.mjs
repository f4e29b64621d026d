// scripts/stack itself, with the stores and nginx only (PARTS=base), which start in a second.
import { readFileSync } from 'node:fs';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, assert, before, newStack, test } from '../lib/harness.mjs';

let one;
let two;
before(async () => {
  [one, two] = [await newStack({ PARTS: 'base' }), await newStack({ PARTS: 'base' })];
  await one.up();
  await two.up();
});
after(async () => {
  await one.remove();
  await two.remove();
});

const PARTS = ['db', 'cache', 'queue', 'nginx'];
const pidsOf = (stack) => Promise.all(PARTS.map((part) => stack.pid(part)));
// A zombie that init has not collected yet has ended: its command line is empty.
const lives = (pid) => { try { return readFileSync(`/proc/${pid}/cmdline`).length > 0; } catch { return false; } };

test('up again changes nothing that runs', async () => {
  const before = await pidsOf(one);
  await one.up();
  assert.deepEqual(await pidsOf(one), before);
});

test('no secret and no cookie name is the same on two platforms', async () => {
  const settings = async (stack) => {
    const text = await readFile(join(stack.state, 'etc/tongchou.conf'), 'utf8');
    return Object.fromEntries(text.split('\n').filter((l) => l.includes(' = ')).map((l) => l.split(' = ')));
  };
  const [a, b] = [await settings(one), await settings(two)];
  assert.match(a.installation_id, /^[0-9a-f]{8}$/);
  assert.notEqual(a.installation_id, b.installation_id);
  assert.ok(a.db_password.length >= 32);
  assert.notEqual(a.db_password, b.db_password);
  assert.equal((await stat(join(one.state, 'etc/tongchou.conf'))).mode & 0o077, 0);
  assert.equal((await stat(join(one.state, 'keys'))).mode & 0o077, 0);
});

test('programs run unprivileged and on no network port but nginx', async () => {
  for (const part of PARTS) {
    const status = await readFile(`/proc/${await one.pid(part)}/status`, 'utf8');
    assert.notEqual(status.match(/^Uid:\s+(\d+)/m)[1], '0', part);
  }
  assert.deepEqual(await one.sql('SELECT @@skip_networking, @@innodb_flush_log_at_trx_commit, @@tx_isolation, @@time_zone, @@local_infile'),
    [['1', '1', 'READ-COMMITTED', '+00:00', '0']]);
});

test('a killed part is started again by up, the other platform is not touched', async () => {
  const others = await pidsOf(two);
  const killed = await one.pid('db');
  await one.sql('CREATE TABLE IF NOT EXISTS kept (n INT PRIMARY KEY)');
  await one.sql('INSERT INTO kept VALUES (7)');
  await one.kill('db');
  await one.kill('queue');
  await assert.rejects(one.pid('db'));
  await one.up();
  assert.notEqual(await one.pid('db'), killed);
  assert.deepEqual(await one.sql('SELECT n FROM kept'), [['7']]);
  assert.deepEqual(await pidsOf(two), others);
});

test('a killed nginx leaves no worker on the port', async () => {
  await one.kill('nginx');
  await one.up();
  assert.equal((await one.client().get('/assets', { expect: 503 })).status, 503);
  await one.kill('nginx');
  await one.stop('nginx');
  await assert.rejects(fetch(one.base));
  await one.up();
});

test('a pid file whose number belongs to another process is not believed', async () => {
  await one.stop('cache');
  const file = join(one.state, 'run/cache.pid');
  await writeFile(file, `${process.pid}\n`);
  await assert.rejects(one.pid('cache'));
  await one.stop('cache');
  assert.ok(lives(process.pid));
  await one.up();
  assert.ok(await one.pid('cache'));
});

test('a port that is in use is refused and nothing is left running', async () => {
  const third = await newStack({ PARTS: 'base' });
  third.port = one.port;
  await assert.rejects(third.up(), /in use/);
  await assert.rejects(third.pid('db'));
  await third.remove();
});

test('down ends everything and up goes on with the same data and address', async () => {
  const pids = await pidsOf(one);
  const conf = await readFile(join(one.state, 'etc/tongchou.conf'), 'utf8');
  await one.down();
  assert.deepEqual(pids.filter(lives), []);
  const port = one.port;
  one.port = undefined;
  await one.up();
  one.port = port;
  assert.equal(await readFile(join(one.state, 'etc/tongchou.conf'), 'utf8'), conf);
  assert.deepEqual(await one.sql('SELECT n FROM kept'), [['7']]);
});
