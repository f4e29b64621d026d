// Records of another unit, by their ids: they do not exist, whatever is done to them.
import { anonymous, assert, problem, signIn, test } from '../lib/harness.mjs';

test('no route with an id reaches a record of another unit', async () => {
  const [one, two] = [await signIn('unit_reviewer'), await signIn('unit_reviewer', { n: 1 })];
  const { json: contract } = await anonymous().get('/openapi.json');
  await one.post('/people', { org_id: one.user.org_id, name: '甲', duty: 'staff' });
  const told = [];
  for (const list of Object.keys(contract.paths).filter((p) => contract.paths[p].get && contract.paths[`${p}/{id}`])) {
    const path = list.slice('/api/v1'.length);
    const reply = await one.get(path, { query: path === '/dispatches' ? { mine: 'todo' } : {}, expect: 'any' });
    const foreign = reply.json?.items?.find((x) => x.id && (x.org_id === one.user.org_id || x.receiver_org_id === one.user.org_id));
    if (reply.status !== 200 || !foreign) continue;
    for (const [template, item] of Object.entries(contract.paths).filter(([p]) => p.startsWith(`${list}/{id}`)))
      for (const [method, op] of Object.entries(item).filter(([m]) => m !== 'parameters')) {
        const params = [...(item.parameters ?? []), ...(op.parameters ?? [])].filter((p) => p.in === 'query' && p.required);
        const query = Object.fromEntries(params.map((p) => [p.name, 1]));
        const answer = await two.request(method.toUpperCase(), template.slice('/api/v1'.length).replace(/\{[^}]+\}/g, foreign.id), {
          query, json: op.requestBody ? {} : undefined, expect: 'any' });
        const what = `${method} ${template}: ${answer.status} ${answer.text.slice(0, 200)}`;
        // A body that is wrong is refused before anybody looks for the record; a role without the permission before that.
        assert.ok([404, ...(method === 'get' ? [] : [403, 415, 422, 400])].includes(answer.status), what);
        assert.ok(!answer.text.includes(one.user.org_id), what);
        told.push(`${method} ${template}`);
      }
    problem(await two.get(`${path}/${foreign.id}`, { expect: 404 }), 404, 'not_found');
  }
  assert.ok(told.length >= 6, told.join(', '));
});
