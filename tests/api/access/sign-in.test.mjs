// Sessions and permissions. Every route with accounts of several units: tests/api/scope.
import { assert, machine, problem, signIn, test } from '../lib/harness.mjs';

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
