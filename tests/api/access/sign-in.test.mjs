// Sessions, CSRF, permissions, and a walk over every GET route with two units' accounts.
import { anonymous, assert, machine, problem, signIn, test } from '../lib/harness.mjs';

test('every route but the public ones asks for a session', async () => {
  const nobody = anonymous();
  const { json: contract } = await nobody.get('/openapi.json');
  for (const [path, item] of Object.entries(contract.paths))
    for (const [method, op] of Object.entries(item)) {
      if (op['x-perm'] === 'public' || method !== 'get') continue;
      const r = await nobody.get(path.replace('/api/v1', '').replace(/\{[^}]+\}/g, '01a20b7e-1b59-72ba-8a44-6d67e9334f25'), { expect: 401 });
      problem(r, 401, 'unauthenticated');
    }
});

test("no list shows one unit's organisation to another", async () => {
  const [one, two] = await Promise.all([signIn('unit_filler'), signIn('unit_filler', { n: 1 })]);
  const own = (await one.get('/session')).json.user;
  const { json: contract } = await anonymous().get('/openapi.json');
  let seen = 0;
  for (const [path, item] of Object.entries(contract.paths)) {
    if (!item.get || path.includes('{') || !path.startsWith('/api/v1/') || ['/api/v1/openapi.json'].includes(path)) continue;
    const r = await two.get(path.slice('/api/v1'.length), { query: {}, expect: 'any' });
    assert.ok(r.status < 500, `${path} ${r.status}`);
    if (r.status !== 200) continue;
    assert.ok(!r.text.includes(own.org_id), `${path} shows ${own.org_name}`);
    seen++;
  }
  assert.ok(seen > 8, 'the walk saw the lists');
});

test('an administrator has no business rights, a leader no administration', async () => {
  problem(await (await signIn('audit_admin')).get('/assets', { expect: 403 }), 403, 'forbidden');
  problem(await (await signIn('leader')).get('/users', { expect: 403 }), 403, 'forbidden');
});

test("a unit's system signs in with client credentials and sees its own unit", async () => {
  const system = await machine({ n: 1 });
  const { json } = await system.get('/assets', { query: { size: 1 } });
  assert.ok(json.total > 0);
  problem(await system.get('/users', { expect: 403 }), 403, 'forbidden');
});
