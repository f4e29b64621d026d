// With a virus scanner: what it finds is refused, and without its answer nothing is taken.
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, assert, before, problem, startStack, test } from '../lib/harness.mjs';

/** The test file of the virus scanners' association (EICAR), put together here so that no scanner takes this source for it. */
const EICAR = ['X5O!P%@AP[4\\PZX54(P^)7CC)7}$', 'EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*'].join('');
const dir = mkdtempSync(join(tmpdir(), 'clamd-'));
chmodSync(dir, 0o755);
const socket = join(dir, 'clamd.sock');
let scanner;
let stack;
let unit;

/** clamd's INSTREAM: chunks with their length, an empty one ends, one answer. */
function scan(bytes) {
  assert.equal(bytes.subarray(0, 10).toString(), 'zINSTREAM\0');
  const parts = [];
  for (let at = 10; at + 4 <= bytes.length;) {
    const n = bytes.readUInt32BE(at);
    if (!n) return Buffer.concat(parts).includes(EICAR) ? 'stream: Eicar-Test-Signature FOUND\0' : 'stream: OK\0';
    if (at + 4 + n > bytes.length) return null;
    parts.push(bytes.subarray(at + 4, at + 4 + n));
    at += 4 + n;
  }
  return null;
}
const listen = () => new Promise((resolve) => {
  scanner = createServer((peer) => {
    let got = Buffer.alloc(0);
    peer.on('data', (chunk) => {
      got = Buffer.concat([got, chunk]);
      const answer = scan(got);
      if (answer) peer.end(answer);
    });
    peer.on('error', () => {});
  }).listen(socket, () => { chmodSync(socket, 0o777); resolve(); });
});

before(async () => {
  await listen();
  stack = await startStack({ DEMO: '1', WORKERS: '1', API_CHILDREN: '2', SLOW_CHILDREN: '1', CLAMD_SOCKET: socket });
  unit = await stack.signIn('unit_filler');
});
after(async () => {
  scanner.close();
  await stack?.remove();
  rmSync(dir, { recursive: true, force: true });
});

test('a clean file is taken, a found one is not, whole or in parts (I07)', async () => {
  await unit.upload('/files', { name: 'a.txt', content: 'x'.repeat(200_000) });
  const refused = problem(await unit.upload('/files', { name: 'a.txt', content: EICAR }, { expect: 'any' }), 422, 'file_refused');
  assert.equal(refused.errors[0].code, 'virus');
  const { json: { id } } = await unit.post('/files/uploads', { name: 'a.txt', bytes: EICAR.length });
  await unit.upload(`/files/uploads/${id}/parts/0`, { name: 'part', content: EICAR });
  problem(await unit.post(`/files/uploads/${id}/finish`, {}, { expect: 'any' }), 422, 'file_refused');
});

test('while the scanner is away no file is taken; afterwards files are again', async () => {
  await new Promise((resolve) => scanner.close(resolve));
  problem(await unit.upload('/files', { name: 'a.txt', content: 'x' }, { expect: 'any' }), 503, 'unavailable');
  await listen();
  await unit.upload('/files', { name: 'a.txt', content: 'x' });
});
