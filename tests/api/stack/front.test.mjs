// What nginx answers by itself, on a platform without programs behind it.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { after, assert, before, newStack, problem, test } from '../lib/harness.mjs';
import { ROOT } from '../lib/stack.mjs';

// More than the 60 at once and the 10 a second that are let through, however slowly they are sent.
const BURST = 300;

let stack;
let client;
before(async () => {
  stack = await newStack({ PARTS: 'base', LOGIN_RATE: '10r/s' });
  await stack.up();
  client = stack.client();
});
after(() => stack.remove());

test('without the programs a request is a 503 problem with Retry-After', async () => {
  const reply = await client.get('/assets', { expect: 503 });
  problem(reply, 503, 'unavailable');
  assert.match(reply.headers.get('retry-after'), /^\d+$/);
  assert.equal(reply.headers.get('x-request-id'), reply.json.request_id);
});

test('titles follow the language asked for', async () => {
  client.language = 'zh-CN,zh;q=0.9,en;q=0.1';
  const chinese = await client.get('/assets', { expect: 503 });
  client.language = 'en';
  const english = await client.get('/assets', { expect: 503 });
  assert.match(chinese.json.title, /[\u4e00-\u9fff]/);
  assert.doesNotMatch(english.json.title, /[\u4e00-\u9fff]/);
});

test('every kind of body has its own limit', async () => {
  const limits = [['/assets', 1], ['/events?format=eve', 8], ['/assets/imports', 64], ['/discoveries', 64], ['/files', 64]];
  for (const [path, mebibytes] of limits) {
    const type = 'application/octet-stream';
    const size = mebibytes << 20;
    problem(await client.send(path, type, Buffer.alloc(size + 1), { expect: 413 }), 413, 'too_large');
    // Exactly the limit passes nginx; nobody is behind it.
    problem(await client.send(path, type, Buffer.alloc(size), { expect: 503 }), 503, 'unavailable');
  }
});

test('a chunked body without a length is limited too', async () => {
  const piece = Buffer.alloc(256 << 10);
  const body = new ReadableStream({
    pull(controller) {
      this.sent = (this.sent ?? 0) + 1;
      if (this.sent > 6) controller.close();
      else controller.enqueue(piece);
    },
  });
  const response = await fetch(`${stack.base}/api/v1/assets`, { method: 'POST', body, duplex: 'half' });
  assert.equal(response.status, 413);
});

test('security headers are on every kind of answer', async () => {
  for (const path of ['//', '//api/v1/assets', '//assets/none.js', '//.git/config']) {
    const reply = await client.get(path, { expect: 'any' });
    assert.equal(reply.headers.get('x-content-type-options'), 'nosniff', path);
    assert.equal(reply.headers.get('referrer-policy'), 'no-referrer', path);
    assert.match(reply.headers.get('x-request-id'), /^[0-9a-f]{32}$/, path);
    assert.equal(reply.headers.get('server'), 'nginx', path);
  }
  const api = await client.get('/assets', { expect: 503 });
  assert.match(api.headers.get('content-security-policy'), /default-src 'none'/);
});

test('a request id sent by the client is not taken over', async () => {
  const reply = await client.get('/assets', { expect: 503, headers: { 'X-Request-Id': 'mine' } });
  assert.notEqual(reply.headers.get('x-request-id'), 'mine');
});

test('dot files and the internal file area cannot be asked for', async () => {
  for (const path of ['//.git/config', '//.env', '//built/.htaccess', '//_files/', '//_files/ab/cd']) {
    problem(await client.get(path, { expect: 404 }), 404, 'not_found');
  }
});

test('the page: fresh index, immutable assets, history fallback', { skip: !existsSync(join(ROOT, 'frontend/dist/index.html')) }, async () => {
  const dist = join(ROOT, 'frontend/dist');
  const index = readFileSync(join(dist, 'index.html'), 'utf8');
  for (const path of ['//', '//index.html', '//warnings/42?x=1', '//assets/42/edit']) {
    const page = await client.get(path);
    assert.equal(page.text, index, path);
    assert.equal(page.headers.get('cache-control'), 'no-cache', path);
    assert.match(page.headers.get('content-security-policy'), /script-src 'self'.*frame-ancestors 'none'/, path);
  }
  const script = readdirSync(join(dist, 'built')).find((name) => name.endsWith('.js'));
  const asset = await client.get(`//built/${script}`);
  assert.match(asset.headers.get('cache-control'), /immutable/);
  assert.match(asset.type, /javascript/);
});

test('sign-in is limited by address, other requests are not', async () => {
  const burst = (path, method) => Promise.all(Array.from({ length: BURST }, () => client.request(method, path, { expect: 'any' })));
  const signIns = await burst('/session', 'POST');
  const refused = signIns.filter((r) => r.status === 429);
  assert.ok(refused.length > 0 && refused.length < BURST, `${refused.length} of ${BURST} refused`);
  problem(refused[0], 429, 'rate_limited');
  assert.ok(refused[0].headers.get('retry-after'));
  assert.equal((await burst('/session', 'GET')).filter((r) => r.status === 429).length, 0);
});

test('broken requests are refused as problems', async () => {
  const raw = (text) => new Promise((resolve, reject) => {
    const socket = connect(stack.port, '127.0.0.1', () => socket.write(text));
    let answer = '';
    socket.on('data', (data) => (answer += data)).on('end', () => resolve(answer)).on('error', reject);
  });
  const both = 'POST /api/v1/assets HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n0\r\n\r\n';
  assert.match(await raw(both), /^HTTP\/1\.1 400 /);
  const large = `GET /api/v1/assets HTTP/1.1\r\nHost: x\r\nX-A: ${'a'.repeat(9000)}\r\nConnection: close\r\n\r\n`;
  assert.match(await raw(large), /^HTTP\/1\.1 400 [^]*"code":"malformed"/);
});
