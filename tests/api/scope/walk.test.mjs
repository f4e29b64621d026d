// Every route of the contract, by accounts that differ only in what they see: lists, totals, records, searches, figures
// and writes are compared with a count straight from the database. A route that the table does not know fails.
import { anonymous, assert, before, jobDone, newKey, platform, problem, signIn, test, until } from '../lib/harness.mjs';
import { makeCast, makeSamples } from './cast.mjs';
import { COLUMNS, ROUTES, TABLES } from './routes.mjs';

const NOBODYS_ID = '01a20b7e-1b59-72ba-8a44-6d67e9334f25';
const METHODS = ['get', 'post', 'put', 'patch', 'delete'];
// Longer lists are compared by total and by their first pages.
const READ_WHOLE = 600;

let operations;
let cast;
let samples;
const walkers = () => [cast.one, cast.other, cast.office, cast.prefecture, cast.sector, cast.province];
const strangers = () => [cast.one, cast.prefecture];

before(async () => {
  const { json: contract } = await anonymous().get('/openapi.json');
  operations = Object.entries(contract.paths).flatMap(([path, item]) => METHODS.filter((m) => item[m]).map((m) => ({
    key: `${m.toUpperCase()} ${path.replace('/api/v1', '')}`, method: m.toUpperCase(), path: path.startsWith('/api/v1') ? path.slice(7) : `/${path}`,
    takesBody: Boolean(item[m].requestBody), permission: item[m]['x-perm'], scope: item[m]['x-scope'], parameters: (item[m].parameters ?? []).map((p) => p.name ?? p.$ref.split('/').pop().toLowerCase()),
  })));
  cast = await makeCast();
  samples = await makeSamples(cast);
});

const guarded = () => operations.filter((o) => o.permission !== 'public');
const ofKind = (...kinds) => guarded().filter((o) => kinds.includes(ROUTES[o.key]?.kind)).map((o) => ({ ...o, ...ROUTES[o.key] }));
const withId = (path, id) => path.replaceAll('{n}', '1').replaceAll(/\{[^}]+\}/g, id);
const queryOf = ({ query }) => (typeof query === 'function' ? query(samples) : query);
const call = (who, operation, { id = NOBODYS_ID, body, query, expect = 'any' } = {}) =>
  who.request(operation.method, withId(operation.path, id), { json: operation.takesBody ? body : undefined, query, expect });

async function readTables() {
  const tables = Object.fromEntries(Object.keys(TABLES).map((name) => [name, []]));
  const statements = Object.entries(TABLES).map(([name, select]) => `SELECT '${name}', x.* FROM (${select}) x`);
  for (const [name, ...cells] of await platform().sql(statements.join('; ')))
    tables[name].push(Object.fromEntries((COLUMNS[name] ?? ['id', 'org']).map((column, i) => [column, cells[i]])));
  return tables;
}

test('the table knows every route, and no other', () => {
  const known = guarded().map((o) => o.key);
  assert.deepEqual(known.filter((key) => !ROUTES[key]), [], 'routes that the walk does not know: say in tests/api/scope/routes.mjs whose rows they are');
  assert.deepEqual(Object.keys(ROUTES).filter((key) => !known.includes(key)), [], 'the table names routes that are gone');
  for (const { key, scope, kind } of ofKind('list', 'one', 'make', 'sheet', 'ask', 'export', 'overview', 'mine')) assert.equal(scope, 'org', `${key} is ${kind}`);
  for (const { key, scope } of ofKind('open')) assert.equal(scope, undefined, key);
});

test('only the public routes answer without a token', async () => {
  const nobody = anonymous();
  assert.deepEqual(operations.filter((o) => o.permission === 'public').map((o) => o.key).sort(),
    ['GET /healthz', 'GET /internal/files/{sha256}', 'GET /metrics', 'GET /openapi.json', 'GET /readyz', 'POST /oauth/token', 'POST /session', 'POST /work-order-links/{id}/callback']);
  for (const operation of guarded()) problem(await call(nobody, operation, { body: {} }), 401, 'unauthenticated');
});

test('who has not the permission is refused, whatever the record', async () => {
  const people = [cast.powerless, ...await Promise.all(['unit_filler', 'leader', 'system_admin', 'audit_admin'].map((role) => signIn(role)))];
  for (const operation of guarded().filter((o) => o.permission !== 'session'))
    for (const person of people.filter((p) => !p.permissions.includes(operation.permission)))
      problem(await call(person, operation, { body: {} }), 403, 'forbidden');
});

async function readList(who, operation) {
  if (operation.whole) return { total: undefined, ids: (await who.get(operation.path, { query: operation.query })).json.items.map(operation.rowId ?? ((row) => row.id)) };
  const ids = [];
  let reply;
  for (let page = 1; page === 1 || (reply.items.length && ids.length < READ_WHOLE); page++) {
    reply = (await who.get(operation.path, { query: { size: 200, page, total: operation.parameters.includes('total') ? 'exact' : undefined } })).json;
    ids.push(...reply.items.map((row) => row.id));
  }
  return { total: reply.total, more: reply.total_more, ids };
}

test('each list is what a count in the database says, for each account', async () => {
  let tables = await readTables();
  const compare = async (operation) => {
    const counts = [];
    for (const who of walkers()) {
      const expected = new Set(operation.truth(tables[operation.table], who, tables));
      const { total, more, ids } = await readList(who, operation);
      const what = `${operation.key} for ${who.name}`;
      if (more) assert.ok(expected.size > total, `${what}: total`);
      else if (total !== undefined) assert.equal(total, expected.size, `${what}: total`);
      assert.equal(new Set(ids).size, ids.length, `${what}: a row twice`);
      assert.deepEqual(ids.filter((id) => !expected.has(id)), [], `${what}: rows of others`);
      if (expected.size < READ_WHOLE) assert.equal(ids.length, expected.size, `${what}: rows`);
      counts.push(expected.size);
    }
    assert.ok(new Set(counts).size > 1, `${operation.key}: every account sees the same ${counts}`);
    return true;
  };
  for (const operation of ofKind('list')) {
    // What earlier files sent may still be on its way to its owner: a difference counts when it stays.
    await until(() => compare(operation).catch(async (error) => { tables = await readTables(); throw error; }), { every: 500, what: operation.key });
  }
});

test("a search or a filter finds nothing of another unit", async () => {
  for (const operation of ofKind('list').filter((o) => o.search)) {
    const query = { q: samples[operation.search].q, size: 200 };
    const found = async (who) => (await who.get(operation.path, { query })).json;
    assert.ok((await found(cast.other)).items.some((row) => row.id === samples[operation.search].id), `${operation.key}: the owner finds ${query.q}`);
    for (const who of strangers()) {
      const reply = await found(who);
      assert.deepEqual([reply.total, reply.items], [0, []], `${operation.key} for ${who.name}`);
    }
  }
  for (const operation of ofKind('list').filter((o) => o.parameters.includes('org'))) {
    const query = { org: cast.other.org.id };
    assert.ok((await cast.other.get(operation.path, { query })).json.total > 0, operation.key);
    for (const who of strangers()) assert.equal((await who.get(operation.path, { query })).json.total, 0, `${operation.key} for ${who.name}`);
  }
});

const snapshot = () => platform().sql(['assets', 'people', 'warnings', 'dispatches', 'users', 'orgs'].map((table) =>
  `SELECT * FROM ${table} WHERE id IN (${Object.values(samples).map((s) => `'${s.id}'`).join(',')})`).join('; '));

test("another unit's record is not there: neither read nor written", async () => {
  const before = await snapshot();
  for (const operation of ofKind('one'))
    for (const who of strangers())
      problem(await call(who, operation, { id: operation.id ?? samples[operation.sample].id, body: operation.body, query: queryOf(operation) }), 404, 'not_found');
  assert.deepEqual(await snapshot(), before);
  for (const operation of ofKind('one').filter((o) => o.method === 'GET')) {
    await call(cast.other, operation, { id: operation.id ?? samples[operation.sample].id, query: queryOf(operation), expect: 200 });
    if (!operation.unshared) await call(cast.province, operation, { id: operation.id ?? samples[operation.sample].id, query: queryOf(operation), expect: 200 });
  }
});

test('an export holds the rows that the account sees, and no other', async () => {
  const tables = await readTables();
  for (const operation of ofKind('export'))
    for (const who of walkers()) {
      const { json } = await call(who, operation, { body: operation.body, expect: 202 });
      const job = await jobDone(who, `/imports/${json.id}`);
      const { text } = await who.get(job.result_url.replace('/api/v1', ''));
      const cells = new Set(text.split(/[,\r\n]/));
      const expected = new Set(operation.truth(tables[operation.table], who, tables));
      const wrong = tables[operation.table].filter((row) => cells.has(row[operation.shown]) !== expected.has(row.id));
      assert.deepEqual(wrong, [], `${operation.key} for ${who.name}`);
    }
});

test('a question about a record of another unit is answered without naming it', async () => {
  const secrets = [cast.other.org.id, cast.other.org.name, samples.asset.id, samples.asset.q];
  for (const operation of ofKind('ask')) {
    const query = operation.query(samples);
    const told = async (who) => { const { text } = await call(who, operation, { query, expect: 200 }); return secrets.filter((s) => text.includes(s)); };
    for (const who of [cast.other, cast.province]) assert.ok((await told(who)).includes(cast.other.org.id), `${operation.key} for ${who.name}`);
    for (const who of strangers()) assert.deepEqual(await told(who), [], `${operation.key} for ${who.name}`);
  }
});

test('a write that names another unit is refused and leaves nothing', async () => {
  for (const operation of ofKind('make'))
    for (const who of strangers()) {
      const tag = `named${newKey().slice(0, 8)}`;
      const body = operation.body(cast.other.org.id, tag);
      const query = queryOf(operation);
      const reply = operation.type ? await who.send(operation.path, operation.type, body, { query, expect: 'any' }) : await call(who, operation, { body, query });
      problem(reply, 422, 'invalid');
      assert.ok(reply.json.errors.some((e) => /org|parent_id|targets|source|space|realm/.test(e.field)), `${operation.key}: ${reply.text}`);
    }
  for (const operation of ofKind('sheet')) {
    const tag = newKey();
    const reply = await cast.one.upload(operation.path, { name: '导入.csv', content: operation.rows(cast.other.org.name, tag).join('\n') }, { expect: 202 });
    const job = await jobDone(cast.one, `/imports/${reply.json.id}`);
    assert.deepEqual([job.created, job.rejected], [0, 1], operation.key);
    assert.equal((await cast.province.get('/assets', { query: { q: tag } })).json.total, 0);
  }
});

/** The figures as counted from the rows that the walker sees. */
function figures(tables, who, now) {
  const OPEN = ['pending_sign', 'handling', 'reviewing', 'returned'];
  const seen = new Set(ROUTES['GET /warnings'].truth(tables.warnings, who, tables));
  const warnings = tables.warnings.filter((w) => seen.has(w.id) && ['publishing', 'published'].includes(w.state));
  const dispatches = tables.dispatches.filter((d) => who.sees.has(d.org) && OPEN.includes(d.state));
  // Units directly below the province lie in no prefecture.
  const placed = (rows) => rows.filter((d) => !d.prefecture.endsWith('0000')).length;
  const late = dispatches.filter((d) => d.due && Number(d.due) < now);
  const soon = dispatches.filter((d) => d.due && Number(d.due) >= now && Number(d.due) < now + 86_400);
  return {
    open_warnings: warnings.length,
    waiting_sign: dispatches.filter((d) => d.state === 'pending_sign').length,
    due_24h: soon.length,
    overdue: late.length,
    levels: [1, 2, 3, 4].map((level) => warnings.filter((w) => Number(w.level) === level).length),
    map: placed(dispatches),
    map_overdue: placed(late),
    regions: placed(dispatches),
    sectors: dispatches.length,
    assets: tables.assets.filter((a) => who.sees.has(a.org)).length,
    orgs: tables.orgs.filter((o) => who.sees.has(o.id) && o.state === 'active').length,
  };
}
const sum = (rows, key) => rows.reduce((n, row) => n + (row[key] ?? 0), 0);
const shown = ({ counters, levels, map, ranking, totals }) => ({
  open_warnings: counters.open_warnings.value,
  waiting_sign: counters.waiting_sign.value,
  due_24h: counters.due_24h.value,
  overdue: counters.overdue.value,
  levels: levels.map((l) => l.count),
  map: sum(map, 'open'),
  map_overdue: sum(map, 'overdue'),
  regions: sum(ranking.regions, 'open'),
  sectors: sum(ranking.sectors, 'open'),
  assets: totals.assets.value,
  orgs: totals.orgs.value,
});

test('the figures of the overview are sums over the rows that the account sees', async () => {
  for (const who of walkers()) {
    // A kept overview may be some seconds old; deadlines pass meanwhile.
    await until(async () => {
      const { json } = await who.get('/situation/overview');
      const expected = figures(await readTables(), who, Date.now() / 1000);
      assert.deepEqual(shown(json), expected, who.name);
      const visible = new Set([...who.sees].map((id) => `${cast.tree.get(id)?.region.slice(0, 4)}00`));
      for (const place of json.map) assert.equal(place.visible, visible.has(place.code), `${who.name}: ${place.code}`);
      return true;
    }, { every: 500, what: `the overview of ${who.name}` });
  }
});

test('own tasks are those of the own organisation', async () => {
  for (const who of walkers()) {
    const rows = await platform().sql(`SELECT COUNT(*) FROM tasks WHERE state = 'open' AND org_id = '${who.org.id}' AND FIND_IN_SET(permission, '${who.permissions}')`);
    assert.equal((await who.get('/tasks', { query: { mine: 'todo' } })).json.total, Number(rows[0][0]), who.name);
    assert.equal((await who.get('/tasks/counts')).json.todo, Number(rows[0][0]), who.name);
    for (const task of (await who.get('/tasks', { query: { mine: 'todo', size: 200 } })).json.items) assert.equal(task.org_id, who.org.id, who.name);
  }
});
