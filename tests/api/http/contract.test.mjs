// Every route of the contract, walked: what it does not know is refused by name and never reaches a handler.
import { anonymous, assert, before, problem, test } from '../lib/harness.mjs';
import { whoMay } from '../lib/accounts.mjs';

const NOBODY = '01a20b7e-1b59-72ba-8a44-6d67e9334f25';
const SERVER_SIDE = ['id', 'org_id', 'org_l1', 'org_l2', 'sector_code', 'realm_org_id', 'version', 'state', 'created_at', 'updated_at',
  'created_by', 'is_demo', 'builtin', 'admin_kind', 'password', 'epoch', 'number', 'origin_platform', 'origin_id', '__proto__', 'x_unknown'];

let contract;
let routes;
before(async () => {
  contract = (await anonymous().get('/openapi.json')).json;
  routes = Object.entries(contract.paths).flatMap(([path, item]) => Object.entries(item)
    .filter(([method]) => method !== 'parameters')
    .map(([method, op]) => ({ path: pathOf(path, item, op), query: queryOf(item, op), method: method.toUpperCase(), op })));
});

const deref = (x) => (x?.$ref ? x.$ref.slice(2).split('/').reduce((o, k) => o[k], contract) : x);
const paramsOf = (item, op) => [...(item.parameters ?? []), ...(op.parameters ?? [])].map(deref);
// A value that fits the parameter, so that the walk comes past it to the body.
function fitting(param) {
  const schema = deref(param.schema);
  return schema.enum?.[0] ?? (schema.type === 'integer' ? String(schema.minimum ?? 1) : schema.format === 'uuid' ? NOBODY : schema.pattern?.includes('{64}') ? '0'.repeat(64) : 'abc');
}
const pathOf = (path, item, op) => path.replace(/\{([^}]+)\}/g, (_, name) => fitting(paramsOf(item, op).find((p) => p.name === name)));
const queryOf = (item, op) => Object.fromEntries(paramsOf(item, op).filter((p) => p.in === 'query' && p.required).map((p) => [p.name, fitting(p)]));
const send = (client, { method, path, query }, options = {}) =>
  client.request(method, `/${path}`, { expect: 'any', ...options, query: { ...query, ...options.query } });
const callerOf = async ({ op }) => (op['x-perm'] === 'public' ? anonymous() : whoMay(op['x-perm']));

/** Each place of a body where an object is described: [what leads there, its schema]. */
function* places(schema, wrap = (x) => x, seen = []) {
  const s = deref(schema);
  if (!s || seen.includes(s)) return;
  if (s.properties) yield [wrap, s];
  for (const [name, sub] of Object.entries(s.properties ?? {})) yield* places(sub, (x) => wrap({ [name]: x }), [...seen, s]);
  if (s.items) yield* places(s.items, (x) => wrap([x]), [...seen, s]);
}

test('unknown and server-side fields are refused in every JSON body, at every depth', async () => {
  let checked = 0;
  for (const route of routes) {
    const schema = deref(route.op.requestBody)?.content?.['application/json']?.schema;
    const caller = schema && await callerOf(route);
    if (!caller) continue;
    for (const [wrap, s] of places(schema))
      for (const field of SERVER_SIDE) {
        const known = s.properties[field];
        if (known && !deref(known).readOnly) continue;
        const body = JSON.stringify(wrap({ FIELD: 1 })).replace('FIELD', field);
        const reply = await send(caller, route, { body, headers: { 'Content-Type': 'application/json' } });
        const what = `${route.method} ${route.path} ${body}`;
        assert.equal(reply.status, 422, `${what}: ${reply.text}`);
        const { errors } = problem(reply, 422, 'invalid');
        const refused = errors.some((e) => e.field.split('/').at(-1) === field && ['unknown_field', 'read_only'].includes(e.code));
        assert.ok(refused, `${what}: ${reply.text}`);
        checked++;
      }
  }
  assert.ok(checked > 300, `${checked} bodies`);
});

test('an unknown or repeated parameter is a 400 on every route', async () => {
  let checked = 0;
  for (const route of routes) {
    const caller = await callerOf(route);
    if (!caller) continue;
    problem(await send(caller, route, { query: { x_unknown: 1 } }), 400, 'bad_parameter', 'x_unknown');
    checked++;
  }
  assert.ok(checked > 30, `${checked} routes`);
  const { method, path } = routes.find((r) => r.op.operationId === 'asset_list');
  const analyst = await whoMay('asset.read');
  problem(await send(analyst, { method, path: `${path}?page=1&page=2` }), 400, 'bad_parameter', 'page');
  for (const bad of ['page=0', 'page=-1', 'page=1e3', 'page=99999999999999999999', 'size=201', 'page=%00', 'q=%ff', 'q=%zz', 'q=%4'])
    problem(await send(analyst, { method, path: `${path}?${bad}` }), 400, 'bad_parameter', bad.split('=')[0]);
});

test('a body of a kind that the route does not take is a 415', async () => {
  for (const route of routes.filter((r) => r.method !== 'GET')) {
    const caller = await callerOf(route);
    if (!caller) continue;
    const takes = Object.keys(deref(route.op.requestBody)?.content ?? {});
    for (const type of ['text/plain', 'application/json', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x'])
      if (!takes.includes(type.split(';')[0])) {
        const reply = await send(caller, route, { body: '{}', headers: { 'Content-Type': type } });
        problem(reply, 415, 'unsupported_media_type', 'Content-Type');
      }
  }
});

test('a body that is needed and missing is a 400', async () => {
  for (const route of routes.filter((r) => deref(r.op.requestBody)?.required)) {
    const caller = await callerOf(route);
    if (caller) problem(await send(caller, route), 400, 'malformed', 'body');
  }
});

test('a method that an address does not take is a 405 with Allow', async () => {
  const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];
  const taken = (path) => routes.filter((r) => r.path === path).map((r) => r.method);
  for (const path of new Set(routes.map((r) => r.path))) {
    // Another template may take what this one does not ("/x/template" is also an "/x/{id}").
    if (/abc/.test(path)) continue;
    for (const method of methods.filter((m) => !taken(path).includes(m))) {
      const reply = await send(anonymous(), { method, path });
      if (reply.status === 401) continue;
      problem(reply, 405, 'method_not_allowed');
      for (const m of taken(path)) assert.ok(reply.headers.get('allow').split(', ').includes(m), `${method} ${path}: ${reply.headers.get('allow')}`);
    }
  }
});

test('HEAD answers as GET does, without the body', async () => {
  const reply = await anonymous().request('HEAD', '/openapi.json');
  assert.equal(reply.status, 200);
  assert.equal(reply.bytes.length, 0);
  assert.equal((await anonymous().request('HEAD', '/session', { expect: 401 })).status, 401);
});

test('fields beside the file are refused in a form with files', async () => {
  const caller = await whoMay('file.write');
  const content = 'x';
  problem(await caller.upload('/files', { name: 'a.txt', content, fields: { org_id: NOBODY } }, { expect: 422 }), 422, 'invalid', 'org_id');
  const form = new FormData();
  form.append('other', new Blob(['x']), 'b.txt');
  form.append('file', new Blob(['x']), 'a.txt');
  problem(await caller.request('POST', '/files', { body: form, expect: 422 }), 422, 'invalid', 'other');
});
