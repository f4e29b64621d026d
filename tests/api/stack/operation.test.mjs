// What an operator does: looks whether all is well, reads the figures, takes a backup and makes another platform of it.
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ROOT } from '../lib/stack.mjs';
import { after, assert, before, jobDone, newKey, newStack, startStack, test, until } from '../lib/harness.mjs';

const run = promisify(execFile);
let first, second, dir;
before(async () => { [first, dir] = [await startStack(), await mkdtemp(join(tmpdir(), 'tongchou-backup-'))]; await chmod(dir, 0o777); }, { timeout: 240_000 });
after(async () => { await first?.remove(); await second?.remove(); await rm(dir, { recursive: true, force: true }); });

test('the figures count what was asked', async () => {
  const client = await first.signIn('leader');
  for (let i = 0; i < 3; i++) await client.get('/warnings');
  const read = async () => (await fetch(`${first.base}/metrics`)).text();
  const text = await read();
  const value = (t, name) => Number(t.split('\n').find((line) => line.startsWith(`tongchou_${name} `))?.split(' ').at(-1));
  assert.equal(value(text, 'requests_total{operation="warning_list",status="2xx"}'), 3);
  assert.equal(value(text, 'database_up'), 1);
  assert.ok(value(text, 'request_seconds_count') >= 4 && value(text, 'sessions') >= 1 && value(text, 'jobs{state="failed"}') === 0);
  assert.ok(value(text, 'request_seconds_bucket{le="+Inf"}') >= value(text, 'request_seconds_bucket{le="0.01"}'));
  for (const line of text.trim().split('\n')) assert.match(line, /^(# (HELP|TYPE) tongchou_\S+ .+|tongchou_[a-z_]+(\{[^}]*\})? -?[0-9.e+-]+)$/);
  for (const [, name] of text.matchAll(/^tongchou_([a-z_]+)/gm)) assert.ok(text.includes(`# TYPE tongchou_${name.replace(/_(bucket|sum|count)$/, '')}`), `${name} has a type`);
});

test('the doctor finds all well, and names what is not', async () => {
  const well = await until(async () => { const t = await first.ctl('doctor').catch(() => ''); return t.includes('last audit seal') && t; }, { what: 'the doctor is content' });
  assert.doesNotMatch(well, /FAIL/);
  await first.command('stop', 'cache');
  await assert.rejects(first.ctl('doctor'), (e) => /FAIL\s+redis cache/.test(`${e.stdout}${e.message}`));
  await first.command('start', 'cache');
});

test('failed jobs are listed and queued again', async () => {
  const unit = await first.signIn('unit_filler');
  const { json } = await unit.upload('/assets/imports', { name: 'x.xlsx', content: Buffer.from('PK\x03\x04 broken') });
  await jobDone(unit, `/imports/${json.id}`, { state: 'failed' });
  assert.match(await first.ctl('jobs'), new RegExp(`${json.id} +asset_import`));
  assert.equal(JSON.parse(await first.ctl('jobs', 'replay', json.id)).replayed, 1);
  await jobDone(unit, `/imports/${json.id}`, { state: 'failed' });
  await assert.rejects(first.ctl('jobs', 'replay', '01a20b7e-1b59-72ba-8a44-6d67e9334f25'));
});

test('a backup of a running platform makes another one: accounts, secrets, files and the trail', async () => {
  const unit = await first.signIn('unit_reviewer');
  const { json: person } = await unit.post('/people', { org_id: unit.user.org_id, name: `备份 ${newKey()}`, duty: 'staff', mobile: '13800138000' });
  const content = `kept ${newKey()}`;
  const { json: file } = await unit.upload('/files', { name: '备份.txt', content });
  const target = join(dir, 'one');
  const manifest = JSON.parse(await first.ctl('backup', target));
  assert.ok(manifest.files.count > 0 && manifest.database.bytes > 10_000 && manifest.keys);
  await assert.rejects(first.ctl('backup', target), /not there yet/);

  second = await newStack({ METRICS_FROM: '192.0.2.1' });
  await second.up();
  assert.equal((await fetch(`${second.base}/metrics`)).status, 404, 'figures are for those addresses only that may read them');
  await assert.rejects(second.ctl('restore', target), /running|accounts/);
  for (const part of ['api', 'worker']) await second.command('stop', part);
  await until(() => second.ctl('restore', target, '--force').then(() => true, (e) => { if (!/running/.test(e.message)) throw e; return false; }), { timeout: 120_000, every: 1000, what: 'the leases have ended' });
  for (const part of ['api', 'worker']) await second.command('start', part);
  second.credentialsFile = first.credentialsFile;
  const there = await until(() => second.signIn('unit_reviewer').catch(() => null), { what: 'the account of the first platform signs in' });
  assert.equal((await there.get(`/people/${person.id}/contact`)).json.mobile, '13800138000');
  assert.equal((await there.get(`/files/${file.id}`)).text, content);
  await second.ctl('audit', 'seal');
  assert.equal(JSON.parse(await second.ctl('audit', 'verify')).ok, true);
});

test('the nightly script keeps the newest whole backups', async () => {
  const nights = join(dir, 'nights');
  const night = () => run(join(ROOT, 'scripts/backup'), { env: { ...process.env, STATE: first.state, PORT: String(first.port), BACKUPS: nights, KEEP_BACKUPS: '2' } });
  for (let i = 0; i < 3; i++) await night(); // each takes more than the second that its name has
  const kept = (await readdir(nights)).sort();
  assert.equal(kept.length, 2);
  for (const name of kept) assert.ok(JSON.parse(await readFile(join(nights, name, 'manifest.json'))).database.sha256);
});

test('the units of systemd are sound', async (t) => {
  const units = join(dir, 'units');
  await mkdir(units);
  await run(join(ROOT, 'scripts/service'), ['print', units]);
  for (const name of await readdir(units)) assert.doesNotMatch(await readFile(join(units, name), 'utf8'), /@[A-Z]+@/, name);
  if (!existsSync('/usr/bin/systemd-analyze')) return t.diagnostic('no systemd here: their grammar was not looked at');
  const { stderr } = await run('systemd-analyze', ['verify', ...(await readdir(units)).map((name) => join(units, name))]);
  assert.doesNotMatch(stderr, /Failed|Unknown|Invalid/);
});

test('a damaged or unfinished backup is refused before anything is touched', async () => {
  const target = join(dir, 'one');
  const dump = await readFile(join(target, 'database.sql.zst'));
  dump[dump.length >> 1] ^= 1;
  await writeFile(join(target, 'database.sql.zst'), dump);
  await assert.rejects(second.ctl('restore', target, '--force'), /not what the manifest says/);
  await rm(join(target, 'manifest.json'));
  await assert.rejects(second.ctl('restore', target, '--force'), /not whole/);
});
