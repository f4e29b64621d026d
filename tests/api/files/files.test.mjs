// Files: by content, named safely, handed out only as attachments and only to whom they belong.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { anonymous, assert, before, newKey, platform, problem, signIn, test } from '../lib/harness.mjs';

let filler;
before(async () => {
  filler = await signIn('unit_filler');
});
const put = (name, content, options) => filler.upload('/files', { name, content }, options);
const PNG = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64');

test('what was uploaded comes back byte for byte, as an attachment that no browser runs', async () => {
  for (const [name, content, type] of [['图片.png', PNG, 'image/png'], ['page.png', '<!DOCTYPE html><html><script>alert(1)</script></html>', 'text/html'],
    ['draw.svg', '<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>', 'image/svg+xml'], ['a.txt', 'plain text\n', 'text/plain']]) {
    const { json } = await put(name, content);
    assert.equal(json.media_type, type);
    assert.equal(json.sha256, createHash('sha256').update(content).digest('hex'));
    const reply = await filler.get(`/files/${json.id}`);
    assert.deepEqual(reply.bytes, Buffer.from(content));
    assert.equal(reply.headers.get('x-content-type-options'), 'nosniff');
    assert.match(reply.headers.get('content-security-policy'), /sandbox; default-src 'none'/);
    assert.equal(reply.headers.get('content-disposition'), `attachment; filename*=UTF-8''${encodeURIComponent(name)}`);
    assert.match(reply.headers.get('cache-control'), /no-store|private/);
    assert.equal(reply.headers.get('x-accel-redirect'), null);
  }
});

test('a name is a name, never a path or a header', async () => {
  const names = { '../../etc/passwd': 'passwd', 'C:\\temp\\x.txt': 'x.txt', 'a/b/': 'file', '..': '..', 'x\u0001y.txt': 'xy.txt', 'quo"te.txt': null, '\u202egpj.exe': null,
    [`${'长'.repeat(200)}.txt`]: null, '.htaccess': '.htaccess', 'a;b=c.txt': null };
  for (const [given, want] of Object.entries(names)) {
    const { json } = await put(given, 'x');
    if (want) assert.equal(json.name, want);
    assert.ok(Buffer.byteLength(json.name) <= 255 && !/[\\/\u0000-\u001f]/.test(json.name), json.name);
    const disposition = (await filler.get(`/files/${json.id}`)).headers.get('content-disposition');
    assert.match(disposition, /^attachment; filename\*=UTF-8''[\w.%-]+$/);
  }
});

test('an empty file, a program and no file are refused', async () => {
  problem(await put('a.txt', '', { expect: 422 }), 422, 'invalid', 'file');
  const elf = readFileSync(process.execPath).subarray(0, 4096);
  problem(await put('photo.png', elf, { expect: 422 }), 422, 'file_refused', 'file');
  const dos = Buffer.concat([Buffer.from('MZ'), Buffer.alloc(58), Buffer.from([0x40, 0, 0, 0]), Buffer.from('PE\0\0'), Buffer.from([0x64, 0x86]), Buffer.alloc(300)]);
  problem(await put('report.docx', dos, { expect: 422 }), 422, 'file_refused', 'file');
});

test('broken multipart bodies are 400 problems', async () => {
  const send = (type, body) => filler.send('/files', type, body, { expect: 'any' });
  const part = 'Content-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\nx';
  for (const [type, body] of [['multipart/form-data', 'x'], ['multipart/form-data; boundary=', 'x'], [`multipart/form-data; boundary=${'b'.repeat(71)}`, 'x'],
    ['multipart/form-data; boundary=b', 'no boundary here'], ['multipart/form-data; boundary=b', `--b\r\n${part}`], ['multipart/form-data; boundary=b', `--b\r\n${part}\r\n--b`],
    ['multipart/form-data; boundary=b', '--b\r\n\r\nno header\r\n--b--'], ['multipart/form-data; boundary=b', `--b\r\nX: ${'y'.repeat(9000)}\r\n\r\nx\r\n--b--`],
    ['multipart/form-data; boundary=b', `--b garbage\r\n${part}\r\n--b--`], ['multipart/form-data; boundary=b', '--b\r\nContent-Disposition: form-data; filename="a"\r\n\r\nx\r\n--b--']])
    problem(await send(type, body), 400, 'malformed', 'body');
  const many = `${`--b\r\nContent-Disposition: form-data; name="file"; filename="a"${';a='.repeat(2000)}\r\n\r\nx\r\n`.repeat(12)}--b--`;
  assert.equal((await send('multipart/form-data; boundary=b', many)).status, 413);
  assert.equal((await send('multipart/form-data; boundary=b', `${'--b\r\nContent-Disposition: form-data; name="a"\r\n\r\nx\r\n'.repeat(2)}--b--`)).status, 400);
  assert.equal((await anonymous().get('//readyz')).status, 200);
});

test('a file that no record has taken is only its uploader\'s', async () => {
  const { json } = await put('own.txt', `own ${Date.now()}`);
  const others = await Promise.all([signIn('unit_filler', { n: 1 }), signIn('unit_reviewer'), signIn('analyst'), signIn('leader')]);
  for (const other of others) problem(await other.get(`/files/${json.id}`, { expect: 404 }), 404, 'not_found');
  problem(await anonymous().get(`/files/${json.id}`, { expect: 401 }), 401, 'unauthenticated');
  problem(await filler.get('/files/01a20b7e-1b59-72ba-8a44-6d67e9334f25', { expect: 404 }), 404, 'not_found');
});

test('a file that was altered behind the platform is not handed out, and the administrators are told (A06)', async () => {
  const [unit, system] = await Promise.all([signIn('unit_filler'), signIn('system_admin')]);
  const { json } = await unit.upload('/files', { name: 'altered.txt', content: `as it was ${newKey()}` });
  const [[sha]] = await platform().sql(`SELECT LOWER(HEX(sha256)) FROM files WHERE id = '${json.id}'`);
  const path = join(platform().state, 'files', sha.slice(0, 2), sha.slice(2, 4), sha);
  const whole = readFileSync(path);
  assert.equal((await unit.get(`/files/${json.id}`)).status, 200);
  const told = async () => (await system.get('/notices', { query: { size: 50 } })).json.items.filter((n) => n.event === 'file.altered').length;
  const before = await told();
  const other = Buffer.from(whole);
  other[3] ^= 1;
  writeFileSync(path, other);
  problem(await unit.get(`/files/${json.id}`, { expect: 'any' }), 500, 'file_altered');
  assert.equal(await told(), before + 1);
  writeFileSync(path, whole);
  assert.equal((await unit.get(`/files/${json.id}`)).text, whole.toString());
});

test('the bytes lie under their digest, once, and cannot be asked for directly', async () => {
  const content = `once ${Date.now()}`;
  const [one, two] = [await put('1.txt', content), await put('2.txt', content)];
  const { sha256 } = one.json;
  assert.equal(two.json.sha256, sha256);
  assert.notEqual(one.json.id, two.json.id);
  const inside = `${sha256.slice(0, 2)}/${sha256.slice(2, 4)}/${sha256}`;
  assert.ok(existsSync(join(platform().state, 'files', inside)));
  problem(await filler.get(`//_files/${inside}`, { expect: 404 }), 404, 'not_found');
});
