// One box over everything that has a name: hits are those of a look through every document, in the caller's scope and rights;
// changes arrive within five seconds.
import { makeCast } from '../scope/cast.mjs';
import { assert, before, newKey, platform, problem, signIn, test, until } from '../lib/harness.mjs';

const mark = `寻${newKey().replace(/[^a-z0-9]/gi, '').slice(0, 10).toLowerCase()}`;
const LAG_MS = 5000;
let cast;
before(async () => {
  cast = await makeCast();
  // Other tests take records away by SQL, which the index cannot know: what is there must have a document.
  const without = (kind, table, where = 'TRUE') => `(SELECT COUNT(*) FROM ${table} t WHERE ${where} AND NOT EXISTS (SELECT 1 FROM search_docs d WHERE d.kind = '${kind}' AND d.record_id = t.id))`;
  await until(async () => {
    const [[missing]] = await platform().sql(`SELECT ${without('asset', 'assets')} + ${without('warning', 'warnings')} + ${without('person', 'people')} + ${without('org', 'orgs', "t.state = 'active'")} +
      ${without('file', 'files', "t.use_kind = 'attachment' AND t.subject_id IS NOT NULL")}`);
    return missing === '0';
  }, { timeout: 60_000, what: 'every record has a document' });
});

const find = async (who, q, more = {}) => (await who.get('/search', { query: { q, size: 50, ...more } })).json;
const ids = (answer) => answer.items.map((hit) => hit.id);
/** Waits until the search answers as wanted; fails past the promised lag. */
async function soon(who, q, wanted, what) {
  const began = performance.now();
  const answer = await until(async () => {
    const reply = await find(who, q);
    return wanted(reply) && reply;
  }, { timeout: 30_000, every: 50, what });
  assert.ok(performance.now() - began < LAG_MS, `${what}: ${Math.round(performance.now() - began)} ms`);
  return answer;
}

test('a change is found within five seconds, an old name no longer, a removed record never', async () => {
  const made = (await cast.one.post('/assets', { class_code: 'hardware', category_code: '01.01', name: `${mark}核心交换机` })).json;
  const { items: [hit] } = await soon(cast.one, `${mark}核心`, (r) => r.total === 1, 'the new asset');
  assert.deepEqual([hit.kind, hit.id, hit.title, hit.org_name], ['asset', made.id, `${mark}核心交换机`, cast.one.org.name]);
  const changed = (await cast.one.put(`/assets/${made.id}`, { class_code: 'hardware', category_code: '01.01', name: `${mark}边界防火墙`, version: made.version })).json;
  await soon(cast.one, `${mark}边界`, (r) => ids(r).includes(made.id), 'the new name');
  assert.equal((await find(cast.one, `${mark}核心`)).total, 0);
  await cast.one.del(`/assets/${made.id}`, { query: { version: changed.version } });
  await soon(cast.one, `${mark}边界`, (r) => r.total === 0, 'the removal');
});

test('hits are those of a look through all documents, for each scope (Z02)', async () => {
  const readers = new Map();
  for (const [record, org] of await platform().sql('SELECT record_id, org_id FROM search_readers')) readers.set(record, [...(readers.get(record) ?? []), org]);
  for (const q of ['数据库', '昆明', '10.2', 'v10', '服务器 银河', '预警', '公司 昆明', 'kylin']) {
    const where = q.split(' ').map((w) => `INSTR(folded, '${w}')`).join(' AND ');
    const rows = await platform().sql(`SELECT kind, record_id, org_id FROM search_docs WHERE ${where}`);
    for (const who of [cast.one, cast.other, cast.office, cast.prefecture, cast.sector, cast.province]) {
      const seen = rows.filter(([, id, org]) => who.sees.has(org) || readers.get(id)?.some((reader) => who.sees.has(reader)));
      const answer = await find(who, q);
      assert.equal(answer.total, seen.length, `${q} for ${who.name}`);
      for (const { kind, total } of answer.kinds) assert.equal(total, seen.filter(([k]) => k === kind).length, `${q}, ${kind}, for ${who.name}`);
      const allowed = new Set(seen.map(([, id]) => id));
      for (const id of ids(answer)) assert.ok(allowed.has(id), `${q} for ${who.name}: ${id}`);
    }
  }
});

test('pages follow each other, a kind is a part of the whole', async () => {
  const first = await find(cast.province, '数据库', { size: 20 });
  const second = await find(cast.province, '数据库', { size: 20, page: 2 });
  assert.equal(new Set([...ids(first), ...ids(second)]).size, 40);
  const assets = await find(cast.province, '数据库', { kind: 'asset' });
  assert.equal(assets.total, assets.kinds.find((k) => k.kind === 'asset').total);
  assert.ok(assets.items.every((hit) => hit.kind === 'asset'));
});

test('a kind is found only by who may read it', async () => {
  const system = await signIn('system_admin');
  assert.deepEqual((await find(system, '昆明')).kinds.map((k) => k.kind).sort(), ['org', 'person']);
  assert.deepEqual((await find(cast.powerless, '昆明')).kinds, []);
});

test('who received a warning finds it, nobody else below', async () => {
  const [[id, org, title]] = await platform().sql(`SELECT w.id, d.org_id, w.title FROM dispatches d JOIN warnings w ON w.id = d.warning_id WHERE d.org_id = '${cast.other.org.id}' LIMIT 1`);
  assert.equal(org, cast.other.org.id);
  const hits = async (who) => ids(await find(who, title.split(/[ ，、：]/)[0], { kind: 'warning' }));
  assert.ok((await hits(cast.other)).includes(id));
  const others = (await platform().sql(`SELECT org_id FROM dispatches WHERE warning_id = '${id}'`)).map(([o]) => o);
  assert.equal((await hits(cast.one)).includes(id), others.includes(cast.one.org.id));
});

test('a file is found by its name, and tells where it hangs', async () => {
  const { json: file } = await cast.one.upload('/files', { name: `${mark}处置报告.txt`, content: 'text' });
  const { json: warning } = await cast.one.post('/warnings', { title: `${mark}预警`, kind_code: 'other', level: 4, content: '内容', file_ids: [file.id], targets: { orgs: [cast.one.org.id] } });
  const { items } = await soon(cast.one, `${mark}处置`, (r) => ids(r).includes(file.id), 'the file');
  assert.equal(items.find((hit) => hit.id === file.id).place, `warning/${warning.id}`);
  assert.equal((await find(cast.other, `${mark}处置`)).total, 0);
  await cast.one.del(`/warnings/${warning.id}`);
});

test('what cannot be asked is refused with its reason; signs are only signs (I02, X15)', async () => {
  const refused = async (q, code) => assert.equal(problem(await cast.one.get('/search', { query: { q }, expect: 'any' }), 422, 'invalid').errors[0].code, code);
  await refused('网', 'min_length');
  await refused('，。', 'min_length');
  await refused('一二 一二 一二 一二 一二 一二', 'max_items');
  await refused('长'.repeat(65), 'max_items');
  problem(await cast.one.get('/search', { expect: 'any' }), 400);
  problem(await cast.one.get('/search', { query: { q: '二字', kind: 'user' }, expect: 'any' }), 400);
  for (const q of ['%%', '😀', '，a，']) await refused(q, 'min_length');
  for (const q of ['__', 'ab\\cd', '服务%器', "' OR '1'='1", '😀😀', '<script>alert(1)</script>', 'aa"bb', '${77*77}', '\u202e反向']) assert.equal((await find(cast.province, q)).total, 0, q);
});

test('people and organisations are fed by what the audit trail gets', async () => {
  const { json: person } = await cast.one.post('/people', { org_id: cast.one.org.id, name: `${mark}李`, duty: 'staff', mobile: '13800138000' });
  await soon(cast.one, `${mark}李`, (r) => ids(r).includes(person.id), 'the person');
  assert.equal((await find(cast.one, '13800138000')).total, 0);
  const system = await signIn('system_admin');
  const { json: org } = await system.post('/orgs', { parent_id: cast.prefecture.org.id, name: `${mark}单位`, org_type: '10', org_level: '3', region_code: cast.prefecture.org.region, sector_code: '02' });
  await soon(cast.prefecture, `${mark}单位`, (r) => ids(r).includes(org.id), 'the organisation');
  assert.equal((await find(cast.other, `${mark}单位`)).total, 0);
});
