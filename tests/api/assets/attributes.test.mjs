// Attributes that a form marks for lists: shown, found, sorted and counted by, without a word about them in the program.
import { after, assert, before, jobDone, newKey, problem, signIn, test, until } from '../lib/harness.mjs';
import { publish } from '../lib/forms.mjs';

const label = (zh) => ({ zh, en: zh });
const fields = {
  idx_note: { type: 'string', maxLength: 200, 'x-widget': 'text', 'x-uses': ['column', 'filter'], 'x-label': label('批次') },
  idx_units: { type: 'number', 'x-widget': 'number', 'x-uses': ['column', 'filter'], 'x-label': label('高度') },
  idx_since: { type: 'string', format: 'date', 'x-widget': 'date', 'x-uses': ['filter'], 'x-label': label('启用') },
  idx_at: { type: 'string', format: 'date-time', 'x-widget': 'datetime', 'x-uses': ['filter'], 'x-label': label('盘点') },
  idx_spare: { type: 'boolean', 'x-widget': 'switch', 'x-uses': ['filter', 'dimension'], 'x-label': label('备用') },
  idx_grade: { type: 'string', enum: ['a', 'b', 'c'], 'x-widget': 'choice', 'x-uses': ['filter', 'dimension'], 'x-label': label('等级') },
  idx_tags: { type: 'array', items: { type: 'string', enum: ['x', 'y', 'z'] }, 'x-widget': 'choices', 'x-uses': ['filter'], 'x-label': label('标签') },
  idx_system: { type: 'string', 'x-widget': 'cascade', 'x-dictionary': 'os', 'x-uses': ['filter', 'dimension'], 'x-label': label('系统') },
  idx_hidden: { type: 'string', maxLength: 20, 'x-widget': 'text', 'x-label': label('不列出') },
};
const tag = `idx${newKey().slice(0, 8)}`;
const made = [];
let system, unit, office, other, form, old, leaf, root;

const where = (w, more = {}) => ({ query: { class: 'network', where: JSON.stringify(w), size: 100, ...more } });
const names = async (client, w, more) => (await client.get('/assets', where({ idx_note: tag, ...w }, more))).json.items.map((i) => i.name.replace(tag, ''));
const make = async (client, name, attributes) => {
  const { json } = await client.post('/assets', { class_code: 'network', name: `${tag}${name}`, attributes: { idx_note: `${tag.toUpperCase()} ${name}`, ...attributes } });
  made.push([client, json.id]);
  return json;
};
const ready = (client) => until(async () => {
  const k = (await client.get('/asset-classes')).json.classes.find((c) => c.code === 'network');
  return Object.keys(fields).filter((f) => f !== 'idx_hidden').every((f) => k.indexed.some((x) => x.field === f && x.ready));
}, { what: 'the attributes are read in' });

before(async () => {
  [system, unit, office, other] = [await signIn('system_admin'), await signIn('unit_filler'), await signIn('analyst'), await signIn('unit_filler', { n: 1 })];
  const { json } = await unit.get('/asset-classes');
  leaf = json.dictionaries.os.find((i) => i.parent_code && !json.dictionaries.os.some((c) => c.parent_code === i.code));
  root = leaf;
  while (root.parent_code) root = json.dictionaries.os.find((i) => i.code === root.parent_code);
  // Written before its attributes are searched by: the job has to find it.
  form = await publish(system, 'network', (d) => ({ ...d, properties: { ...d.properties, ...Object.fromEntries(Object.entries(fields).map(([k, { 'x-uses': _, ...p }]) => [k, p])) } }));
  await until(async () => 'idx_note' in ((await unit.get('/asset-classes')).json.classes.find((k) => k.code === 'network').form.definition.properties), { what: 'the form is in force' });
  old = await make(unit, 'old', { idx_units: 4, idx_grade: 'a', idx_tags: ['x', 'y'], idx_hidden: 'h' });
  await publish(system, 'network', (d) => ({ ...d, properties: { ...d.properties, ...fields } }));
  await ready(unit);
});
after(async () => {
  for (const [client, id] of made) {
    const { json } = await client.get(`/assets/${id}`, { expect: 'any' });
    if (json.version) await client.del(`/assets/${id}`, { query: { version: json.version } });
  }
  await form.back();
});

test('records of before and after are found by every kind of attribute, each inside its scope', async () => {
  await make(unit, 'new', { idx_units: -2.5, idx_since: '2026-03-01', idx_at: '2026-03-01T08:00:00+08:00', idx_spare: true, idx_grade: 'b', idx_tags: ['y', 'z'], idx_system: leaf.code });
  await make(other, 'theirs', { idx_units: 40, idx_since: '2025-12-31', idx_at: '2026-03-01T00:30:00Z', idx_spare: false, idx_grade: 'c' });
  const both = async (w) => (await names(office, w)).sort();
  assert.deepEqual(await both({}), ['new', 'old', 'theirs']);
  assert.deepEqual(await both({ idx_units: { min: -3, max: 4 } }), ['new', 'old']);
  assert.deepEqual(await both({ idx_units: { min: 4.5 } }), ['theirs']);
  assert.deepEqual(await both({ idx_units: { max: -0.1 } }), ['new']);
  assert.deepEqual(await both({ idx_since: { min: '2026-01-01' } }), ['new']);
  assert.deepEqual(await both({ idx_since: null }), ['old']);
  assert.deepEqual(await both({ idx_at: { max: '2026-03-01T00:15:00Z' } }), ['new']);
  assert.deepEqual(await both({ idx_spare: true }), ['new']);
  assert.deepEqual(await both({ idx_spare: false }), ['theirs']);
  assert.deepEqual(await both({ idx_grade: ['a', 'c'] }), ['old', 'theirs']);
  assert.deepEqual(await both({ idx_tags: ['y'] }), ['new', 'old']);
  assert.deepEqual(await both({ idx_tags: ['x', 'y', 'z'] }), ['new', 'old']);
  assert.deepEqual(await both({ idx_system: [root.code] }), ['new']);
  assert.deepEqual(await both({ idx_grade: ['a', 'b'], idx_units: { min: 0 } }), ['old']);
  assert.deepEqual(await names(unit, { idx_units: { min: -100 } }).then((x) => x.sort()), ['new', 'old']);
  const { json } = await office.get('/assets', where({ idx_note: tag }));
  assert.equal(json.total, 3);
  const row = json.items.find((i) => i.name === `${tag}old`);
  assert.deepEqual(row.attributes, { idx_note: `${tag.toUpperCase()} old`, idx_units: 4 });
});

test('lists are in the order of an attribute, both ways, with and without conditions, page by page', async () => {
  const order = async (sort, w = {}) => names(office, w, { sort });
  assert.deepEqual(await order('attributes.idx_units'), ['new', 'old', 'theirs']);
  assert.deepEqual(await order('-attributes.idx_units'), ['theirs', 'old', 'new']);
  assert.deepEqual(await order('-attributes.idx_units', { idx_grade: ['a', 'b'] }), ['old', 'new']);
  const all = [];
  for (let page = 1; ; page++) {
    const { json } = await office.get('/assets', { query: { class: 'network', sort: '-attributes.idx_units', size: 50, page } });
    all.push(...json.items);
    if (json.items.length < 50) break;
  }
  assert.equal(new Set(all.map((i) => i.id)).size, all.length);
  const units = all.map((i) => i.attributes.idx_units ?? -Infinity);
  assert.deepEqual(units, units.slice().sort((a, b) => b - a));
  const { json: whole } = await office.get('/assets', { query: { class: 'network', size: 1, total: 'exact' } });
  assert.equal(all.length, whole.total, 'a record without a value is in the list, too');
});

test('a change moves the record, a deletion takes it out, and the export asks the same', async () => {
  const x = await make(unit, 'moved', { idx_units: 7, idx_tags: ['x'] });
  const body = { version: x.version, class_code: 'network', name: x.name, attributes: { idx_note: tag, idx_units: 9, idx_tags: ['z'] } };
  const { json: now } = await unit.put(`/assets/${x.id}`, body);
  assert.deepEqual(await names(unit, { idx_units: { min: 6, max: 8 } }), []);
  assert.deepEqual(await names(unit, { idx_units: { min: 9, max: 9 }, idx_tags: ['z'] }), ['moved']);
  const { json: job } = await unit.post('/assets/exports', { format: 'csv', class: 'network', where: { idx_note: tag, idx_units: { min: 9 } } });
  const done = await jobDone(unit, `/imports/${job.id}`);
  assert.equal(done.rows_done, 1);
  await unit.del(`/assets/${x.id}`, { query: { version: now.version } });
  assert.deepEqual(await names(unit, { idx_units: { min: 9 } }), []);
});

test('how many there are of each value, inside the scope', async () => {
  const of = async (client, by) => Object.fromEntries((await client.get('/assets/breakdown', { query: { class: 'network', by } })).json.items.map((i) => [i.value, i.count]));
  const mine = await of(unit, 'idx_grade'), all = await of(office, 'idx_grade');
  assert.deepEqual([mine.a, mine.b, mine.c], [1, 1, undefined]);
  assert.deepEqual([all.a, all.b, all.c], [1, 1, 1]);
  assert.equal((await of(unit, 'idx_system'))[leaf.code], 1);
  problem(await unit.get('/assets/breakdown', { query: { class: 'network', by: 'idx_units' }, expect: 'any' }), 400, 'bad_parameter', 'by');
});

test('what cannot be asked is refused by name', async () => {
  const refused = async (query, field) => problem(await unit.get('/assets', { query, expect: 'any' }), 400, 'bad_parameter', field);
  const w = (v) => ({ class: 'network', where: typeof v === 'string' ? v : JSON.stringify(v) });
  await refused(w('{'), 'where');
  await refused(w([1]), 'where');
  await refused(w({ idx_hidden: 'h' }), 'where/idx_hidden');
  await refused({ where: JSON.stringify({ idx_note: 'x' }) }, 'where/idx_note');
  await refused(w({ idx_note: '' }), 'where/idx_note');
  await refused(w({ idx_note: { min: 'a' } }), 'where/idx_note');
  await refused(w({ idx_units: 'many' }), 'where/idx_units');
  await refused(w({ idx_units: { min: 1, most: 2 } }), 'where/idx_units');
  await refused(w({ idx_grade: 'a' }), 'where/idx_grade');
  await refused(w({ idx_grade: [] }), 'where/idx_grade');
  await refused(w({ idx_note: 'a', idx_units: null, idx_since: null, idx_spare: true }), 'where');
  await refused({ class: 'network', sort: 'attributes.idx_tags' }, 'sort');
  await refused({ class: 'network', sort: 'attributes.nothing' }, 'sort');
  const { id } = (await system.get('/forms', { query: { kind: 'asset' } })).json.items.find((f) => f.code === 'network' && !f.realm_org_id);
  const { json: f } = await system.get(`/forms/${id}`);
  const change = (p) => system.put(`/forms/${id}`, { version: f.version, label_zh: f.label_zh, label_en: f.label_en, definition: { ...f.definition, properties: { ...f.definition.properties, ...p } } }, { expect: 'any' });
  problem(await change({ idx_note: { ...fields.idx_note, 'x-uses': ['dimension'] } }), 422, 'invalid', 'definition/properties/idx_note/x-uses');
  problem(await change({ idx_note: { ...fields.idx_note, 'x-uses': ['sorting'] } }), 422, 'invalid', 'definition/properties/idx_note/x-uses');
});

test('an attribute that is another one now begins anew, one that is gone can no longer be asked', async () => {
  const { json } = await unit.get('/assets', where({ idx_note: tag }));
  const changed = await publish(system, 'network', (d) => {
    const { idx_grade: _, ...rest } = d.properties;
    return { ...d, properties: { ...rest, idx_spare: { type: 'string', maxLength: 20, 'x-widget': 'text', 'x-uses': ['filter'], 'x-label': label('备用') } } };
  });
  await until(async () => (await unit.get('/assets', { ...where({ idx_spare: 'zzz' }), expect: 'any' })).status === 200, { what: 'the new attribute is ready' });
  problem(await unit.get('/assets', { ...where({ idx_grade: ['a'] }), expect: 'any' }), 400, 'bad_parameter', 'where/idx_grade');
  assert.equal((await unit.get('/assets', where({ idx_note: tag }))).json.total, json.total);
  await changed.back();
  await ready(unit);
  assert.deepEqual(await names(unit, { idx_grade: ['a'] }), ['old']);
});
