// Disks that are full (F11): of the files, of what is being received, of the log. Whoever writes is told so, nothing half is kept,
// reading goes on, and everything works again when there is room. The database's disk: deep/full_database.test.mjs.
import { chmodSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, assert, before, newKey, platform, problem, signIn, test, until } from '../api/lib/harness.mjs';
import { apiWith, library } from './preload.mjs';

let full, log, end, unit;
before(async () => {
  const { state } = platform();
  full = join(state, 'tmp/full');
  log = join(state, 'log/full-test.log');
  end = await apiWith({ LD_PRELOAD: library('full'), FULL: full }, { log });
  unit = await signIn('unit_filler');
});
after(async () => {
  rmSync(full, { force: true });
  await end?.();
  rmSync(log, { force: true });
});
function fill(...dirs) {
  writeFileSync(full, dirs.map((d) => join(platform().state, d)).join('\n'));
  chmodSync(full, 0o666);
}
const any = { expect: 'any' };
const files = async () => Number((await platform().sql('SELECT COUNT(*) FROM files'))[0][0]);
const content = `${newKey()} `.repeat(40_000);
const upload = (options) => unit.upload('/files', { name: 'a.txt', content }, options);

test('the disk of uploads is full: no file, a clear answer, then it works', async () => {
  const before = await files();
  fill('tmp/upload-');
  problem(await upload(any), 507, 'no_room');
  assert.equal((await unit.get('/assets', { query: { size: 1 } })).status, 200);
  assert.equal(await files(), before);
  rmSync(full);
  const { json } = await upload();
  assert.equal((await unit.get(`/files/${json.id}`)).text, content);
});

test('there is no room to put the parts of a large file together: the parts stay, and the end can be asked for again', async () => {
  const bytes = Buffer.byteLength(content);
  const { json: up } = await unit.post('/files/uploads', { name: 'b.txt', bytes });
  await unit.upload(`/files/uploads/${up.id}/parts/0`, { name: 'part', content });
  fill('tmp/assemble-');
  problem(await unit.post(`/files/uploads/${up.id}/finish`, {}, any), 507, 'no_room');
  rmSync(full);
  const { json } = await unit.post(`/files/uploads/${up.id}/finish`, {});
  assert.equal((await unit.get(`/files/${json.id}`)).text, content);
});

test('the disk of the log is full: lines are lost, requests are not', async () => {
  await unit.get('/assets', { query: { size: 1 } });
  await until(() => statSync(log).size, { what: 'the API writes its log' });
  fill('log/');
  const { size } = statSync(log);
  for (let i = 0; i < 20; i++) assert.equal((await unit.get('/assets', { query: { size: 1 } })).status, 200);
  const { json } = await unit.post('/assets', { class_code: 'hardware', category_code: '01.01', name: newKey() });
  assert.equal(statSync(log).size, size);
  rmSync(full);
  await unit.get(`/assets/${json.id}`);
  await until(() => statSync(log).size > size && readFileSync(log, 'utf8').endsWith('\n'), { what: 'the log goes on' });
});

test('below the reserve nothing is written but sessions; reading goes on, and writing with room', async () => {
  writeFileSync(full, 'statvfs');
  chmodSync(full, 0o666);
  const asset = () => unit.post('/assets', { class_code: 'hardware', category_code: '01.01', name: newKey() }, any);
  // Each child looks once a second.
  for (const write of [asset, () => upload(any)]) problem(await until(async () => { const r = await write(); return r.status === 507 && r; }, { what: 'it is noticed' }), 507, 'no_room');
  const fresh = await signIn('unit_filler');
  assert.equal((await fresh.get('/assets', { query: { size: 1 } })).status, 200);
  rmSync(full);
  await until(async () => (await asset()).status === 201, { what: 'it writes again' });
});

test('administrators are told before it comes to that', async () => {
  const system = await signIn('system_admin');
  const { value } = (await system.get('/settings')).json.items.find((s) => s.name === 'storage.least_percent');
  const told = async () => (await system.get('/notices', { query: { size: 50 } })).json.items.filter((n) => n.event === 'storage.low').length;
  const before = await told();
  await system.put('/settings', { name: 'storage.least_percent', value: 99 });
  try {
    await until(async () => (await told()) > before, { what: 'the notice' });
  } finally {
    await system.put('/settings', { name: 'storage.least_percent', value });
  }
});
