// A child is killed after its commit and before its reply: the record is there, the client does not know. The same
// request with the same Idempotency-Key must then give the first answer and make nothing again.
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, assert, before, newKey, platform, signIn, test, until } from '../api/lib/harness.mjs';
import { apiWith, library } from './preload.mjs';

let fuse;
let end;
let people;

before(async () => {
  const [analyst, leader, unit] = await Promise.all([signIn('analyst'), signIn('leader'), signIn('unit_filler')]);
  people = { analyst, leader, unit };
  fuse = join(platform().state, 'tmp/die-after-commit');
  end = await apiWith({ LD_PRELOAD: library('die_after_commit'), DIE_AFTER_COMMIT: fuse });
});
after(async () => {
  rmSync(fuse, { force: true });
  await end?.();
});

/** send(key) loses its answer, and is sent again; resolves to the answer. */
async function twice(send) {
  const key = newKey();
  writeFileSync(fuse, '', { mode: 0o666 });
  const lost = await send(key);
  assert.equal(lost.status, 502, lost.text);
  assert.ok(!existsSync(fuse), 'the child has committed');
  const first = await send(key);
  assert.ok(first.status < 300, first.text);
  assert.deepEqual((await send(key)).json, first.json);
  return first.json;
}

test('an asset is made once', async () => {
  const name = `once ${newKey()}`;
  const body = { class_code: 'hardware', category_code: '01.01', name, addresses: [{ kind: 'ip', value: '10.66.7.7' }] };
  const made = await twice((key) => people.unit.post('/assets', body, { key, expect: 'any' }));
  const { json } = await people.unit.get('/assets', { query: { q: name } });
  assert.deepEqual(json.items.map((a) => a.id), [made.id]);
  const { json: history } = await people.unit.get(`/assets/${made.id}/history`);
  assert.deepEqual(history.items.map((h) => h.action), ['asset.create']);
});

test('each step of a warning happens once', async () => {
  const { analyst, leader, unit } = people;
  const once = (who, path, body = {}) => twice((key) => who.post(path, body, { key, expect: 'any' }));
  const targets = { orgs: [unit.user.org_id], regions: [], sectors: [] };
  const draft = await once(analyst, '/warnings', { title: `once ${newKey()}`, kind_code: 'malware', level: 4, content: '请排查', targets });
  const path = `/warnings/${draft.id}`;
  await once(analyst, `${path}/submit`);
  await once(leader, `${path}/approve`);
  await once(analyst, `${path}/publish`);
  const [dispatch] = await until(async () => {
    const { items } = (await unit.get('/dispatches', { query: { mine: 'todo', warning: draft.id } })).json;
    return items.length && items;
  }, { what: 'the dispatch arrives' });
  await once(unit, `/dispatches/${dispatch.id}/sign`);
  await once(unit, `/dispatches/${dispatch.id}/feedback`, { result: 'handled', text: '已处置' });
  await once(analyst, `/dispatches/${dispatch.id}/accept`);
  const { json: told } = await analyst.get(`${path}/timeline`);
  assert.deepEqual(told.items.map((t) => t.action).reverse(),
    ['warning.create', 'warning.submit', 'warning.approve', 'warning.publish', 'dispatch.sign', 'dispatch.feedback', 'dispatch.accept', 'warning.close']);
});
