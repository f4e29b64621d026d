// Files whose bytes lie on another host: they are fetched once, checked, kept, and taken away here when nobody names them any more.
// The other host is played by a web server of the test; what it is asked, the platform answers itself when it is asked the same.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, assert, before, newKey, platform, problem, signIn, test, until } from '../api/lib/harness.mjs';
import { webServer } from '../api/lib/receivers.mjs';

const any = { expect: 'any' };
const there = new Map(); // sha256 -> bytes on the other host
const asked = [];
let other, unit, conf, was;
const peers = async (text) => {
  writeFileSync(conf, readFileSync(conf, 'utf8').replace(/^file_peers = .*$/m, `file_peers = ${text}`));
  await platform().restart('api');
};
before(async () => {
  conf = join(platform().state, 'etc/tongchou.conf');
  was = /^file_peers = (.*)$/m.exec(readFileSync(conf, 'utf8'))[1];
  other = await webServer(({ url, headers }) => {
    asked.push({ url, headers });
    const bytes = there.get(url.split('/').at(-1));
    return bytes ? { body: bytes } : { status: 404 };
  });
  await peers(`gone=http://127.0.0.1:1, b=${other.url}`);
  unit = await signIn('unit_filler');
});
after(async () => { await peers(was); other.stop(); });

const pathOf = (sha) => join(platform().state, 'files', sha.slice(0, 2), sha.slice(2, 4), sha);
/** A file of the unit whose bytes are only on the other host. */
async function elsewhere(content) {
  const { json } = await unit.upload('/files', { name: 'far.txt', content });
  const sha = createHash('sha256').update(content).digest('hex');
  rmSync(pathOf(sha));
  await platform().sql(`UPDATE file_copies SET host = 'b' WHERE sha256 = UNHEX('${sha}')`);
  there.set(sha, content);
  return { id: json.id, sha };
}
const copies = async (sha) => (await platform().sql(`SELECT host FROM file_copies WHERE sha256 = UNHEX('${sha}') AND NOT gone ORDER BY host`)).map((r) => r[0]);

test('a file is fetched from the host that has it, once, and then lies here, too', async () => {
  const content = `far ${newKey()} `.repeat(5000);
  const { id, sha } = await elsewhere(content);
  const before = asked.length;
  assert.equal((await unit.get(`/files/${id}`)).text, content);
  assert.equal(asked.length, before + 1);
  assert.deepEqual(await copies(sha), ['b', 'local']);
  there.clear();
  assert.equal((await unit.get(`/files/${id}`)).text, content);
  assert.equal(asked.length, before + 1);

  // The same question, put to the platform.
  const { 'x-tongchou-timestamp': time, 'x-tongchou-signature': signature } = asked.at(-1).headers;
  const ask = (hash, headers) => platform().client().get(`//internal/files/${hash}`, { headers, expect: 'any' });
  const signed = { 'X-Tongchou-Timestamp': time, 'X-Tongchou-Signature': signature };
  assert.equal((await ask(sha, signed)).text, content);
  for (const headers of [{}, { ...signed, 'X-Tongchou-Timestamp': String(Number(time) + 1) }, { ...signed, 'X-Tongchou-Signature': '0'.repeat(64) }]) problem(await ask(sha, headers), 401, 'unauthenticated');
  problem(await ask('0'.repeat(64), signed), 401, 'unauthenticated');
});

test('other bytes are not taken, and a host that does not have it is said', async () => {
  const { id, sha } = await elsewhere(`wrong ${newKey()}`);
  there.set(sha, 'something else');
  problem(await unit.get(`/files/${id}`, any), 503, 'unavailable');
  there.delete(sha);
  problem(await unit.get(`/files/${id}`, any), 503, 'unavailable');
  assert.ok(!existsSync(pathOf(sha)));
  assert.deepEqual(await copies(sha), ['b']);
});

test('an import that another host received is read here', async () => {
  const content = `资产名称,资产类别\n远程 ${newKey()},硬件设备\n`;
  const sha = createHash('sha256').update(content).digest('hex');
  there.set(sha, content);
  await platform().stop('worker');
  const { json } = await unit.upload('/assets/imports', { name: 'a.csv', content });
  rmSync(pathOf(sha));
  await platform().sql(`UPDATE file_copies SET host = 'b' WHERE sha256 = UNHEX('${sha}')`);
  await platform().start('worker');
  await until(async () => (await unit.get(`/imports/${json.id}`)).json.state === 'done', { what: 'the import is done' });
  assert.deepEqual(await copies(sha), ['b', 'local']);
});
