// Each part dies under load; nothing that was acknowledged may be lost or doubled, nobody is signed out, and the
// platform recovers without help once the part is back.
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { after, assert, before, problem, startStack, test, until } from '../api/lib/harness.mjs';
import { Ledger } from './ledger.mjs';

let stack;
let analyst;
let machine;
before(async () => {
  stack = await startStack({ DEMO: '1' });
  analyst = await stack.signIn('analyst');
  machine = await stack.machine();
}, { timeout: 300_000 });
after(() => stack?.remove());

const stillSignedIn = async () => assert.equal((await analyst.get('/session')).json.user.username, analyst.account.username);

test('children of the API are killed under load', async () => {
  const ledger = new Ledger(machine);
  const master = await stack.pid('api');
  const killed = new Set();
  await ledger.during(async () => {
    for (let round = 0; round < 20; round++) {
      const child = (await stack.children('api')).find((pid) => !killed.has(pid));
      process.kill(child, 'SIGKILL');
      killed.add(child);
      await until(async () => !(await stack.children('api')).includes(child), { timeout: 2000, what: 'the dead child is collected' });
    }
  });
  assert.equal(await stack.pid('api'), master);
  await ledger.settle(analyst);
  await stillSignedIn();
});

test('both workers are killed under load', async () => {
  const ledger = new Ledger(machine);
  await ledger.during(async () => {
    await stack.kill('worker');
    await stack.start('worker');
  });
  await ledger.settle(analyst);
});

test('MariaDB is killed under load', async () => {
  const ledger = new Ledger(machine);
  await ledger.during(async () => {
    await stack.kill('db');
    const away = await until(async () => {
      const reply = await analyst.get('/assets', { expect: 'any' });
      return reply.status === 503 && reply;
    }, { what: 'requests are refused with 503' });
    problem(away, 503);
    assert.match(away.headers.get('retry-after'), /^\d+$/);
    await stack.start('db');
    await until(async () => (await analyst.get('/assets', { expect: 'any' })).status === 200, { timeout: 5000, what: 'the API is back' });
  });
  await ledger.settle(analyst);
  await stillSignedIn();
});

test('Redis loses all its data under load', async () => {
  const ledger = new Ledger(machine);
  await ledger.during(async () => {
    await stack.kill('queue');
    await stack.kill('cache');
    for (let n = 0; n < 10; n++) {
      const began = performance.now();
      await stillSignedIn();
      await analyst.get('/assets');
      const spent = performance.now() - began;
      assert.ok(spent < 4000, `two answers without Redis took ${Math.round(spent)} ms`);
    }
    await rm(join(stack.state, 'redis-queue'), { recursive: true });
    await stack.up();
  });
  await ledger.settle(analyst, 180_000);
  await stillSignedIn();
  assert.ok(ledger.slowest < 10_000, `the slowest answer took ${Math.round(ledger.slowest)} ms`);
});

test('a restart of the whole API pool by SIGHUP fails no request', async () => {
  const failed = [];
  let going = true;
  const lane = async () => {
    while (going) {
      const reply = await analyst.get('/session', { expect: 'any' }).catch((error) => ({ status: error.message }));
      if (reply.status !== 200) failed.push(reply.status);
    }
  };
  const lanes = Promise.all([lane(), lane(), lane(), lane()]);
  const old = new Set(await stack.children('api'));
  await stack.command('reload', 'api');
  await until(async () => {
    const now = await stack.children('api');
    return now.length > 0 && now.every((pid) => !old.has(pid));
  }, { timeout: 30_000, what: 'all children are new' }).finally(() => { going = false; });
  await lanes;
  assert.deepEqual(failed, []);
});
