// Large files in parts: any order, again after a break, nobody else's, and nothing left behind.
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { assert, before, platform, problem, signIn, test, until } from '../lib/harness.mjs';

const PART = 4 * 1024 * 1024;
const sha = (bytes) => createHash('sha256').update(bytes).digest('hex');
const whole = Buffer.alloc(2 * PART + 1234, 'abcdefg 分片\n');
const piece = (n) => whole.subarray(n * PART, (n + 1) * PART);
let unit;
before(async () => {
  unit = await signIn('unit_filler');
});
const begin = async (bytes = whole.length, name = '材料.bin') => (await unit.post('/files/uploads', { name, bytes })).json;
const send = (id, n, content, options = {}) => unit.upload(`/files/uploads/${id}/parts/${n}`, { name: 'part', content }, options);
const stored = (hex) => existsSync(join(platform().state, 'files', hex.slice(0, 2), hex.slice(2, 4), hex));

test('parts in any order, one of them twice, make the file; the parts go', async () => {
  const { id, parts, part_bytes: bytes } = await begin();
  assert.deepEqual([parts, bytes], [3, PART]);
  await send(id, 2, piece(2));
  await send(id, 0, Buffer.alloc(PART, 'x'));
  await send(id, 0, piece(0));
  assert.deepEqual((await unit.get(`/files/uploads/${id}`)).json.received, [0, 2]);
  problem(await unit.post(`/files/uploads/${id}/finish`, {}, { expect: 'any' }), 409, 'conflict');
  await send(id, 1, piece(1), { query: { sha256: sha(piece(1)) } });
  const { json: file } = await unit.post(`/files/uploads/${id}/finish`, { sha256: sha(whole) });
  assert.deepEqual([file.bytes, file.sha256, file.name], [whole.length, sha(whole), '材料.bin']);
  assert.deepEqual((await unit.get(`/files/${file.id}`)).bytes, whole);
  problem(await unit.get(`/files/uploads/${id}`, { expect: 'any' }), 404, 'not_found');
  const [[left]] = await platform().sql(`SELECT COUNT(*) FROM files WHERE subject_id = '${id}'`);
  assert.equal(left, '0');
  if (platform().state) assert.deepEqual([stored(sha(piece(1))), stored(sha(Buffer.alloc(PART, 'x')))], [false, false]);
});

test('a part of a wrong size, number or digest is refused and changes nothing (I12)', async () => {
  const { id } = await begin();
  const refused = async (n, content, field, options = {}) => assert.equal(problem(await send(id, n, content, { expect: 'any', ...options }), 422, 'invalid').errors[0].field, field);
  await refused(0, Buffer.alloc(PART - 1), 'file');
  await refused(2, Buffer.alloc(PART), 'file');
  await refused(3, Buffer.alloc(1), 'part');
  await refused(0, piece(0), 'sha256', { query: { sha256: sha('other') } });
  problem(await send(id, 0, Buffer.alloc(PART + 1024 * 1024 + 1), { expect: 'any' }), 413);
  assert.deepEqual((await unit.get(`/files/uploads/${id}`)).json.received, []);
  for (const bytes of [0, -1, 512 * 1024 * 1024 + 1, 1.5]) problem(await unit.post('/files/uploads', { name: 'a', bytes }, { expect: 'any' }), 422);
  await unit.del(`/files/uploads/${id}`);
});

test('the digest of the whole decides, and a wrong one keeps the parts (F17)', async () => {
  const { id } = await begin(5);
  await send(id, 0, Buffer.from('12345'));
  problem(await unit.post(`/files/uploads/${id}/finish`, { sha256: sha('54321') }, { expect: 'any' }), 422, 'invalid');
  assert.equal((await unit.post(`/files/uploads/${id}/finish`, {})).json.sha256, sha('12345'));
  // It goes with the request's memory, after the answer.
  if (platform().state) await until(() => !readdirSync(join(platform().state, 'tmp')).some((f) => f.startsWith('assemble-')), { what: 'what was put together is gone' });
});

test('a name is a name, a program is refused in parts as well (I06, I07)', async () => {
  const program = readFileSync('/bin/true');
  const { json: { id, name } } = await unit.post('/files/uploads', { name: '..\\..\\x/报告\u0001.pdf', bytes: program.length });
  assert.equal(name, '报告.pdf');
  await send(id, 0, program);
  const refused = problem(await unit.post(`/files/uploads/${id}/finish`, {}, { expect: 'any' }), 422, 'file_refused');
  assert.equal(refused.errors[0].code, 'program');
  assert.deepEqual((await unit.get(`/files/uploads/${id}`)).json.received, [0]);
  await unit.del(`/files/uploads/${id}`);
});

test('of one account at most twenty are open', async () => {
  const other = await signIn('unit_filler', { n: 1 });
  const made = [];
  for (let i = 0; i < 20; i++) made.push((await other.post('/files/uploads', { name: 'a', bytes: 1 })).json.id);
  problem(await other.post('/files/uploads', { name: 'a', bytes: 1 }, { expect: 'any' }), 409, 'conflict');
  for (const id of made) await other.del(`/files/uploads/${id}`);
});
