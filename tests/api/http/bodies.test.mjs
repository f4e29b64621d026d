// Bodies that cannot be read: which code, and how soon.
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { anonymous, assert, before, problem, promised, signIn, test } from '../lib/harness.mjs';
import { ROOT } from '../lib/stack.mjs';

const SOON_MS = promised(2000);
let filler;
before(async () => {
  filler = await signIn('unit_filler');
});
const raw = (body, options = {}) => filler.send('/assets', 'application/json', body, { expect: 'any', ...options });

test('what is not JSON is a 400 that says so', async () => {
  const bodies = ['{', '{"a":1', '{"a":1}x', "{'a':1}", '[1,]', '{"a":01}', '{"a":NaN}', '\ufeff{}', '{"a":"\\ud800"}', '{"a":"\\u0000"}',
    '{"a\\u0000b":1}', '{"a":1e400}', '{"a":9223372036854775808}', Buffer.from('7b2261223a22ff227d', 'hex'), Buffer.from('{"a":"x\ny"}'), 'null{}'];
  for (const body of bodies) problem(await raw(body), 400, 'malformed', 'body');
});

test('a key that stands twice is named', async () => {
  problem(await raw('{"name":"a","name":"b"}'), 400, 'duplicate_key', 'name');
  problem(await raw('{"addresses":[{"ip":"10.0.0.1","ip":"10.0.0.2"}]}'), 400, 'duplicate_key', 'ip');
});

test('depth is bounded and cheap to refuse', async () => {
  for (const piece of ['[', '{"a":', '[{"a":']) {
    const begin = performance.now();
    problem(await raw(piece.repeat(100_000)), 400, 'too_deep', 'body');
    assert.ok(performance.now() - begin < SOON_MS);
  }
});

test('a scalar or a list is not a record', async () => {
  for (const body of ['null', 'true', '5', '"x"', '[]', '[{}]']) problem(await raw(body), 422, 'invalid');
});

test('many keys and long numbers are refused soon, at most 20 at a time', async () => {
  const keys = `{${Array.from({ length: 60_000 }, (_, i) => `"k${i}":1`).join(',')}}`;
  const begin = performance.now();
  const { errors } = problem(await raw(keys), 422, 'invalid');
  assert.equal(errors.length, 20);
  problem(await raw(`{"a":${'9'.repeat(900_000)}}`), 400, 'malformed');
  assert.ok(performance.now() - begin < 2 * SOON_MS);
});

test('one byte above the limit is a 413, the limit itself is read', async () => {
  const of = (size) => `{"a":"${'x'.repeat(size - 8)}"}`;
  problem(await raw(of(1 << 20)), 422, 'invalid', 'a');
  problem(await raw(of((1 << 20) + 1)), 413, 'too_large', 'body');
  const signInBody = (size) => anonymous().send('/session', 'application/json', of(size), { expect: 'any' });
  problem(await signInBody(4096), 422, 'invalid', 'a');
  problem(await signInBody(4097), 413, 'too_large', 'body');
  problem(await signInBody(900_000), 413, 'too_large', 'body');
});

test('wrong types and lengths name the field', async () => {
  const client = await signIn('system_admin');
  const wrong = [[{ username: 5 }, 'username'], [{ username: 'A' }, 'username'], [{ display_name: '' }, 'display_name'],
    [{ display_name: '名'.repeat(65) }, 'display_name'], [{ org_id: 'x' }, 'org_id'], [{ org_id: "' OR 1=1 --" }, 'org_id'], [{ person_id: [] }, 'person_id']];
  for (const [fields, field] of wrong)
    problem(await client.post('/users', { username: 'someone', display_name: 'x', org_id: client.user.org_id, ...fields }, { expect: 422 }), 422, 'invalid', field);
});

test('an integer written 3.0 is that integer, not absent', async () => {
  const security = await signIn('security_admin');
  const labels = { label_zh: '试', label_en: 'trial', permissions: ['org.read'] };
  const { json: role } = await security.post('/roles', { code: `t_${Date.now()}`, ...labels });
  const body = JSON.stringify({ version: 0, ...labels }).replace('"version":0', `"version":${role.version}.0`);
  const reply = await security.request('PUT', `/roles/${role.id}`, { body, headers: { 'Content-Type': 'application/json' } });
  assert.equal(reply.json.version, role.version + 1);
  await security.del(`/roles/${role.id}`);
});

const suite = join(process.env.TONGCHOU_CORPUS ?? join(ROOT, '../shared/corpus'), 'json-testsuite/test_parsing');
test('JSONTestSuite: nothing crashes, what is no JSON is a 400', { skip: !existsSync(suite) && `no ${suite}` }, async () => {
  let seen = 0;
  for (const name of readdirSync(suite).filter((f) => f.endsWith('.json'))) {
    const body = readFileSync(join(suite, name));
    const reply = await raw(body);
    assert.ok(reply.status < 500, `${name}: ${reply.status}`);
    if (name.startsWith('n_') && body.length) assert.equal(reply.status, 400, `${name}: ${reply.text}`);
    if (name.startsWith('y_')) assert.ok([400, 422].includes(reply.status), `${name}: ${reply.status}`);
    seen++;
  }
  assert.ok(seen > 50);
});
