// Requests that no browser makes: paths, headers, bytes. Each gets an answer or a closed connection, and the next is served.
import { connect } from 'node:net';
import { join } from 'node:path';
import { anonymous, assert, machine, platform, problem, promised, signIn, test, until } from '../lib/harness.mjs';

const alive = async () => assert.equal((await anonymous().get('//readyz')).status, 200);
/** Bytes over a connection; resolves to what came back when the other side closes, or after `patience` ms of silence. */
const bytesTo = (target, bytes, patience = 15_000) => new Promise((resolve, reject) => {
  const socket = connect(target, () => socket.write(bytes));
  let answer = Buffer.alloc(0);
  socket.setTimeout(patience, () => socket.destroy());
  socket.on('data', (data) => (answer = Buffer.concat([answer, data])));
  socket.on('close', () => resolve(answer.toString('latin1')));
  socket.on('error', (e) => (['EPIPE', 'ECONNRESET'].includes(e.code) ? resolve(answer.toString('latin1')) : reject(e)));
});
const http = (text) => bytesTo({ host: '127.0.0.1', port: new URL(platform().base).port }, text);
const status = (answer) => Number(/^HTTP\/1\.1 (\d+)/.exec(answer)?.[1]);

test('unknown paths are 404 problems, whoever asks', async () => {
  const analyst = await signIn('analyst');
  for (const path of ['//api/v1/nothing', '//api/v1/', '//api/', '//api/v2/assets', '//api/v1/assets/x/y/z', '//api/v1/a/b/c/d/e/f/g/h/i/j/k/l/m'])
    problem(await analyst.get(path, { expect: 404 }), 404, 'not_found');
});

test('path tricks lead nowhere', async () => {
  const ask = (path) => http(`GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
  for (const path of ['/api/v1/assets/..%2f..%2f..%2fetc/passwd', '/api/v1/%2e%2e/%2e%2e/etc/passwd', '/_files/../../etc/passwd', '/assets/..%2f..%2f..%2fetc%2fpasswd',
    '/api/v1/files/..%5c..%5cx', '/api/v1/session%00', '/%00', '/api/v1/../../../../etc/passwd', '/_files%2fab', '//_files/ab', '/api/../_files/ab'])  {
    const answer = await ask(path);
    // What is no address of the API is the page's to explain: its index, never a file of the machine.
    const page = status(answer) === 200 && /<div id="app">/.test(answer);
    assert.ok(page || [400, 401, 404].includes(status(answer)), `${path}: ${answer.slice(0, 200)}`);
    assert.doesNotMatch(answer, /root:/);
  }
  for (const path of ['//api//v1//session', '/api/v1/./session', '/api/v1/x/%2e%2e/session', '/api/v1/sess%69on'])
    assert.equal(status(await ask(path)), 401, path);
  // Decoded once, by nginx: a second decoding would make this a known path or id.
  const twice = await ask('/api/v1/sess%2569on');
  assert.equal(status(twice), 404, twice.slice(0, 200));
});

test('what nginx cannot read is a problem document too', async () => {
  for (const line of ['GET /../x HTTP/1.1', 'GET /%zz HTTP/1.1', 'GET /%00 HTTP/1.1', 'TRACE / HTTP/1.1']) {
    const answer = await http(`${line}\r\nHost: x\r\nConnection: close\r\n\r\n`);
    assert.match(answer, /^HTTP\/1\.1 40[05] [^]*application\/problem\+json[^]*"detail":[^]*"errors":/, line);
  }
});

test('an id that is no id is a record that does not exist', async () => {
  const analyst = await signIn('analyst');
  for (const id of ['1', "1'", '%2525', 'null', '..', '01a20b7e-1b59-72ba-8a44-6d67e9334f25x', '1 OR 1=1', '%E4%BD%A0'])
    assert.ok([404].includes((await analyst.get(`/warnings/${id}`, { expect: 'any' })).status), id);
});

test('a header that counts must not stand twice', async () => {
  const filler = await signIn('unit_filler');
  const cookie = [...filler.cookies].map(([n, v]) => `${n}=${v}`).join('; ');
  const post = (extra) => http(['DELETE /api/v1/session HTTP/1.1', `Host: ${new URL(filler.base).host}`, `Cookie: ${cookie}`, ...extra, 'Connection: close', '', ''].join('\r\n'));
  const origin = `Origin: ${filler.origin}`;
  const token = `X-CSRF-Token: ${filler.csrf}`;
  for (const extra of [[origin, token, 'X-CSRF-Token: other'], [origin, 'X-CSRF-Token: other', token], [origin, 'Origin: http://evil.example', token]]) {
    const answer = await post(extra);
    assert.ok([400, 403].includes(status(answer)), answer.slice(0, 300));
  }
  assert.equal(status(await post([origin, 'X-CSRF-Token: other'])), 403);
  assert.equal((await filler.get('/session')).status, 200);
});

test('bytes in headers do not reach the answer or the log as lines', async () => {
  for (const header of ['X-Request-Id: a\u0000b', 'Origin: http://x\u0001y', 'Idempotency-Key: a b', 'Accept-Language: en\u007f'])
    assert.ok(status(await http(`GET /api/v1/session HTTP/1.1\r\nHost: x\r\n${header}\r\nConnection: close\r\n\r\n`)) < 500);
  const answer = await http('GET /api/v1/session?a=%0d%0aSet-Cookie:%20x=1 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
  assert.doesNotMatch(answer, /^Set-Cookie/m);
  const reply = await anonymous().get('/session', { expect: 401, headers: { 'X-Request-Id': 'x'.repeat(40) } });
  assert.notEqual(reply.json.request_id, 'x'.repeat(40));
  const key = await (await signIn('unit_filler')).post('/assets', {}, { key: 'x'.repeat(200), expect: 'any' });
  assert.ok([400, 422].includes(key.status), key.text);
});

test('a header that is too long is refused, not cut', async () => {
  const system = await machine();
  problem(await system.get('/assets', { expect: 401, headers: { Authorization: `Bearer ${'a'.repeat(5000)}` } }), 401, 'token_invalid', 'Authorization');
  const long = 'a'.repeat(7000);
  const answer = await http(`GET /api/v1/assets HTTP/1.1\r\nHost: x\r\nCookie: a=${long}\r\nCookie: b=${long}\r\nConnection: close\r\n\r\n`);
  assert.ok([400, 401].includes(status(answer)), answer.slice(0, 200));
});

test('smuggling forms are refused by nginx', async () => {
  const host = 'Host: x\r\n';
  for (const text of [`POST /api/v1/session HTTP/1.1\r\n${host}Content-Length: 5\r\nContent-Length: 6\r\n\r\nabcde`,
    `POST /api/v1/session HTTP/1.1\r\n${host}Content-Length: -1\r\n\r\n`, `POST /api/v1/session HTTP/1.1\r\n${host}Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n`,
    `POST /api/v1/session HTTP/1.1\r\n${host}Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n`, 'GET /api/v1/session HTTP/1.1\r\n\r\n']) {
    const answer = await http(text);
    assert.ok(status(answer) >= 400 && status(answer) < 600 && status(answer) !== 500, answer.slice(0, 200));
  }
});

test('a client that sends slowly holds no child', async () => {
  const port = new URL(platform().base).port;
  const sockets = Array.from({ length: 60 }, () => connect({ host: '127.0.0.1', port }));
  for (const s of sockets) {
    s.on('error', () => {});
    s.write('POST /api/v1/session HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{');
  }
  const begin = performance.now();
  for (let i = 0; i < 20; i++) await alive();
  assert.ok(performance.now() - begin < promised(5000));
  for (const s of sockets) s.destroy();
});

// ---- the socket behind nginx, spoken to directly
const record = (type, id, content, { length = content.length, padding = 0 } = {}) =>
  Buffer.concat([Buffer.from([1, type, id >> 8, id & 255, length >> 8, length & 255, padding, 0]), content, Buffer.alloc(padding)]);
const beginRequest = record(1, 1, Buffer.from([0, 1, 0, 0, 0, 0, 0, 0]));
const pair = (name, value) => Buffer.concat([Buffer.from([name.length]), value.length < 128 ? Buffer.from([value.length]) : (() => {
  const b = Buffer.alloc(4);
  b.writeUInt32BE((value.length | 0x80000000) >>> 0);
  return b;
})(), Buffer.from(name), Buffer.from(value)]);
const params = (object) => Buffer.concat(Object.entries(object).map(([n, v]) => pair(n, v)));
const request = (object, body = '') => Buffer.concat([beginRequest, record(4, 1, params(object)), record(4, 1, Buffer.alloc(0)),
  ...(body ? [record(5, 1, Buffer.from(body))] : []), record(5, 1, Buffer.alloc(0))]);

test('raw FastCGI: broken records and parameters crash nothing', async () => {
  const path = join(platform().state, 'run/api.sock');
  const get = { REQUEST_METHOD: 'GET', DOCUMENT_URI: '/api/v1/session', QUERY_STRING: '', CONTENT_TYPE: '', CONTENT_LENGTH: '' };
  const post = { ...get, REQUEST_METHOD: 'POST', CONTENT_TYPE: 'application/json' };
  const garbage = Buffer.from(Array.from({ length: 4000 }, (_, i) => (i * 7919) & 255));
  const pids = async () => (await platform().children('api')).sort().join();
  const before = await pids();
  const cases = {
    garbage, 'empty': Buffer.from([0]), 'GET_VALUES': record(9, 0, params({ FCGI_MAX_CONNS: '' })),
    'a name of 2 GiB': Buffer.concat([beginRequest, record(4, 1, Buffer.from([0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 65, 66]))]),
    'a name of 0x7fffffff': Buffer.concat([beginRequest, record(4, 1, Buffer.from([0xff, 0xff, 0xff, 0xff, 0x05, 65, 66])), record(4, 1, Buffer.alloc(0))]),
    'a length cut short': Buffer.concat([beginRequest, record(4, 1, Buffer.from([0x80, 0x00])), record(4, 1, Buffer.alloc(0))]),
    'a pair over two records': Buffer.concat([beginRequest, record(4, 1, params(get).subarray(0, 20)), record(4, 1, params(get).subarray(20)), record(4, 1, Buffer.alloc(0)), record(5, 1, Buffer.alloc(0))]),
    'padding 255': Buffer.concat([beginRequest, record(4, 1, params(get), { padding: 255 }), record(4, 1, Buffer.alloc(0)), record(5, 1, Buffer.alloc(0))]),
    'an unknown type': Buffer.concat([record(77, 1, Buffer.from('x')), request(get)]),
    'id 0': Buffer.concat([record(1, 0, Buffer.from([0, 1, 0, 0, 0, 0, 0, 0]))]),
    'an unknown role': record(1, 1, Buffer.from([0, 9, 0, 0, 0, 0, 0, 0])),
    'abort in the middle': Buffer.concat([beginRequest, record(4, 1, params(post)), record(2, 1, Buffer.alloc(0))]),
    'two at once': Buffer.concat([beginRequest, record(1, 2, Buffer.from([0, 1, 0, 0, 0, 0, 0, 0])), request(get)]),
    'no parameters': Buffer.concat([beginRequest, record(4, 1, Buffer.alloc(0)), record(5, 1, Buffer.alloc(0))]),
    'no method': request({ DOCUMENT_URI: '/api/v1/session' }),
    'length -1': request({ ...post, CONTENT_LENGTH: '-1' }), 'length 1e9': request({ ...post, CONTENT_LENGTH: '1e9' }),
    'length of 20 digits': request({ ...post, CONTENT_LENGTH: '99999999999999999999' }),
    'body shorter than said': request({ ...post, CONTENT_LENGTH: '100' }, '{}'), 'body longer than said': request({ ...post, CONTENT_LENGTH: '2' }, `{}${'x'.repeat(5000)}`),
    'a name without =': request({ ...get, '=': '=', '': '' }), 'line ends in a value': request({ ...get, HTTP_ORIGIN: 'a\r\nSet-Cookie: x=1', REQUEST_ID: 'a\r\nb: c\r\n\r\n' }),
    'a parameter twice': Buffer.concat([beginRequest, record(4, 1, Buffer.concat([params(get), params({ HTTP_AUTHORIZATION: 'a' }), params({ HTTP_AUTHORIZATION: 'b' })])), record(4, 1, Buffer.alloc(0)), record(5, 1, Buffer.alloc(0))]),
  };
  for (const [name, bytes] of Object.entries(cases)) {
    const answer = await bytesTo({ path }, bytes, 300);
    assert.doesNotMatch(answer, /^Set-Cookie: x/m, name);
    assert.doesNotMatch(answer, /Status: (5\d\d|200)/, `${name}: ${answer.slice(0, 300)}`);
  }
  const answer = await bytesTo({ path }, cases['a parameter twice']);
  assert.match(answer, /Status: 400[^]*"field":"Authorization"/);
  assert.match(await bytesTo({ path }, cases['length -1']), /Status: 400/);
  assert.match(await bytesTo({ path }, cases['body shorter than said']), /Status: 400/);
  await alive();
  assert.equal(await pids(), before, 'no child was lost');
});

test('more connections than children wait or are refused, and are served again', async () => {
  const path = join(platform().state, 'run/api.sock');
  const sockets = Array.from({ length: 600 }, () => connect({ path }));
  for (const s of sockets) s.on('error', () => {});
  await until(() => sockets.filter((s) => !s.connecting).length > 100, { what: 'connections' });
  for (const s of sockets) s.destroy();
  await until(async () => (await anonymous().get('//readyz', { expect: 'any' })).status === 200, { what: 'served again' });
});
