// Small tables as sheets: out, changed, in again; in either format, language and encoding; all rows or none.
import { assert, before, newKey, problem, signIn, test } from '../lib/harness.mjs';
import { rows } from '../lib/xlsx.mjs';

let system, reviewer, filler;
before(async () => { [system, reviewer, filler] = await Promise.all([signIn('system_admin'), signIn('unit_reviewer'), signIn('unit_filler')]); });
const zh = { headers: { 'Accept-Language': 'zh-CN' } };
const lines = (text) => text.replace('\uFEFF', '').trimEnd().split('\r\n');
const send = (client, path, content, { method, name = 'rows.csv', ...options } = {}) => client.upload(path, { name, content, fields: options.fields }, { method, expect: 'any', ...options });

test('people go out and come in, are changed by name, and are refused as a whole with the rows that are wrong', async () => {
  const org = (await reviewer.get(`/orgs/${reviewer.user.org_id}`)).json.name, tag = newKey().slice(0, 8);
  const first = await send(filler, '/people/batch', `所属单位,姓名,职务,职责,手机\r\n${org},甲${tag},科长,联络员,13800000001\r\n\r\n${org},"乙${tag}",,staff,\r\n`);
  assert.deepEqual(first.json, { created: 2, updated: 0 });
  const second = await send(filler, '/people/batch', `Organisation,Name,Duty,E-mail\n${org},甲${tag},Liaison,a@example.cn\n`);
  assert.deepEqual(second.json, { created: 0, updated: 1 });
  const { text } = await reviewer.get('/people/sheet', { query: { format: 'csv', q: tag }, ...zh });
  assert.deepEqual(lines(text), ['所属单位,姓名,职务,职责,座机,手机,邮箱', `${org},乙${tag},,工作人员,,,`, `${org},甲${tag},科长,联络员,,13800000001,a@example.cn`]);
  const { bytes } = await reviewer.get('/people/sheet', { query: { q: tag } });
  assert.equal(rows(bytes)[2][5], '13800000001');
  const again = await send(filler, '/people/batch', bytes, { name: 'rows.xlsx' });
  assert.deepEqual(again.json, { created: 0, updated: 2 });
  const wrong = await send(filler, '/people/batch', `org,name,duty,mobile\n${org},丙${tag},staff,\n\nnobody ${tag},丁,staff,\n${org},戊,boss,12\n`);
  problem(wrong, 422, 'invalid', 'row/5/duty');
  assert.ok(wrong.json.errors.some((e) => e.field === 'row/5/mobile'));
  const unknown = await send(filler, '/people/batch', `org,name,duty\n${org},丙${tag},staff\n\nnobody ${tag},丁,staff\n`);
  problem(unknown, 422, 'invalid', 'row/4/org');
  assert.equal((await reviewer.get('/people', { query: { q: `丙${tag}` } })).json.total, 0);
  problem(await filler.get('/people/sheet', { expect: 'any' }), 403, 'forbidden');
  const stranger = await signIn('unit_reviewer', { n: 1 });
  assert.ok(!(await stranger.get('/people/sheet', { query: { format: 'csv' } })).text.includes(tag));
  problem(await send(stranger, '/people/batch', `org,name,duty\n${org},甲${tag},staff\n`), 422, 'invalid', 'row/2/org');
  const [masked] = (await reviewer.get('/people', { query: { q: `甲${tag}` } })).json.items;
  assert.equal(masked.mobile, '138****0001');
  for (const p of (await reviewer.get('/people', { query: { q: tag } })).json.items) await reviewer.del(`/people/${p.id}`);
});

test('a sheet that is none, names what there is not or is too long is refused by its rule', async () => {
  const refused = async (content, rule, options) => {
    const reply = await send(filler, '/people/batch', content, options);
    assert.equal(reply.json.errors?.[0].code, rule, reply.text);
    assert.ok(reply.status >= 400 && reply.status < 500);
  };
  await refused('org,name,duty,salary\na,b,staff,1\n', 'unknown_title');
  await refused('name,姓名\na,b\n', 'duplicate');
  await refused('org,name,duty\n', 'min_items');
  await refused(`org,name,duty\n${'a,b,staff\n'.repeat(5001)}`, 'max_rows');
  await refused('org,name,duty\na,b,staff\n', 'unknown_field', { fields: { items: '[]' } });
  await refused('org,name,duty\na,b,staff\n', 'unknown_field', { fields: { extra: '1' } });
  const json = await filler.post('/people/batch', { items: [{ org: 'x', name: '', duty: 'staff' }] }, { expect: 'any' });
  problem(json, 422, 'invalid', 'items/0/name');
});

test('responsibilities of a sheet are added once, however often it comes', async () => {
  const org = (await system.get('/orgs', { query: { size: 50 } })).json.items;
  const [regulator, unit] = [org[0].name, org.at(-1).name];
  const day = `2${100 + Math.floor(Math.random() * 800)}-02-03`;
  const sheet = `责任单位,责任,办事机构,单位,依据,生效\n${regulator},监管责任,检查办,${unit},${newKey()},${day}\n`;
  assert.deepEqual((await send(system, '/responsibilities/batch', sheet)).json, { created: 1, updated: 0 });
  assert.deepEqual((await send(system, '/responsibilities/batch', sheet)).json, { created: 0, updated: 1 });
  const { text } = await system.get('/responsibilities/sheet', { query: { format: 'csv' }, ...zh });
  const all = lines(text);
  assert.ok(all.some((l) => l.includes(day) && l.startsWith(`${regulator},监管责任,检查办`)));
  assert.deepEqual((await send(system, '/responsibilities/batch', text)).json, { created: 0, updated: all.length - 1 });
  problem(await send(system, '/responsibilities/batch', `责任单位,责任,生效\n${regulator},监管责任,${day}\n`), 422, 'invalid', 'row/2/target_org_id');
  for (const one of (await system.get('/responsibilities', { query: { org: org[0].id, size: 200 } })).json.items.filter((x) => x.valid_from === day)) await system.del(`/responsibilities/${one.id}`);
});

test('a dictionary and a form definition come back from their own sheets as they were', async () => {
  const code = `sheet_${newKey().slice(0, 8)}`;
  const items = [{ code: '01', label_zh: '=甲', label_en: 'A', active: true }, { code: '01.1', parent_code: '01', label_zh: '乙,"丙"', label_en: '乙', active: false }];
  const { json: made } = await system.post('/dictionaries', { code, label_zh: '表', items });
  const { text } = await system.get(`/dictionaries/${code}/sheet`, { query: { format: 'csv' }, ...zh });
  assert.equal(lines(text)[0], '代码,上级代码,中文名称,英文名称,启用');
  const { json: back } = await send(system, `/dictionaries/${code}`, text, { method: 'PUT', fields: { version: made.version, label_zh: '表' } });
  assert.deepEqual(back.items, made.items);
  problem(await send(system, `/dictionaries/${code}`, 'code,parent_code,label_zh\n1,2,x\n', { method: 'PUT', fields: { version: back.version, label_zh: '表' } }), 422, 'invalid', 'row/2/parent_code');
  await system.del(`/dictionaries/${code}`, { query: { version: back.version } });

  const { id } = (await system.get('/forms', { query: { kind: 'asset' } })).json.items.find((f) => f.code === 'emergency' && !f.realm_org_id);
  const { json: was } = await system.get(`/forms/${id}`);
  const label = (zh, en) => ({ zh, ...(en ? { en } : {}) });
  const definition = {
    type: 'object',
    'x-sections': [{ key: 's1', 'x-label': label('基本', 'Basics') }],
    required: ['kind'],
    properties: {
      kind: { type: 'string', enum: ['a|b', 'c', '=d'], 'x-enum-labels': { 'a|b': label('甲 = 乙', 'A'), c: label('丙') }, 'x-widget': 'choice', 'x-label': label('种类', 'Kind'), 'x-order': 1, 'x-section': 's1', 'x-uses': ['column', 'filter', 'dimension'], default: 'c' },
      several: { type: 'array', items: { type: 'string', enum: ['1', '2'] }, minItems: 1, maxItems: 2, 'x-widget': 'choices', 'x-label': label('几个'), 'x-order': 2 },
      amount: { type: 'integer', exclusiveMinimum: 0, maximum: 100, multipleOf: 5, 'x-unit': 'GB', 'x-widget': 'number', 'x-label': label('数量'), 'x-order': 3, default: 5 },
      spare: { type: 'boolean', 'x-widget': 'switch', 'x-label': label('备用'), 'x-order': 4, 'x-help': label('说明', 'Help') },
      os: { type: 'string', 'x-dictionary': 'os', 'x-widget': 'dictionary', 'x-label': label('系统'), 'x-order': 5 },
      version: { type: 'string', 'x-dictionary': 'os', 'x-parent': 'os', 'x-widget': 'dictionary', 'x-label': label('版本'), 'x-order': 6 },
      address: { type: 'string', format: 'ip', maxLength: 40, 'x-widget': 'text', 'x-label': label('地址'), 'x-order': 7 },
      serial: { type: 'string', pattern: '^[A-Z]{2},[0-9]+$', minLength: 2, maxLength: 30, 'x-widget': 'text', 'x-label': label('序列'), 'x-order': 8 },
      day: { type: 'string', format: 'date', 'x-widget': 'date', 'x-label': label('日期'), 'x-order': 9 },
      owner: { type: 'string', format: 'uuid', 'x-ref': 'org', 'x-widget': 'ref', 'x-label': label('单位'), 'x-order': 10 },
      parts: { type: 'array', maxItems: 3, items: { type: 'object', required: ['part'], properties: { part: { type: 'string', maxLength: 20, 'x-widget': 'text', 'x-label': label('部件'), 'x-order': 12 }, size: { type: 'number', 'x-widget': 'number', 'x-label': label('容量'), 'x-order': 13 } } }, 'x-widget': 'table', 'x-label': label('部件表'), 'x-order': 11 },
    },
    allOf: [
      { if: { required: ['kind', 'spare'], properties: { kind: { enum: ['a|b', 'c'] }, spare: { const: true } } }, else: { properties: { amount: false } } },
      { if: { required: ['kind'], properties: { kind: { const: '=d' } } }, then: { required: ['serial'] } },
    ],
  };
  const { json: draft } = await system.put(`/forms/${id}`, { version: was.version, label_zh: was.label_zh, label_en: was.label_en, definition });
  let version = draft.version;
  for (const [format, lang] of [['csv', 'zh-CN'], ['xlsx', 'en'], ['xlsx', 'zh-CN']]) {
    const { bytes } = await system.get(`/forms/${id}/sheet`, { query: { format }, headers: { 'Accept-Language': lang } });
    const { json: read, text: said } = await send(system, `/forms/${id}/sheet`, bytes, { method: 'PUT', name: `form.${format}`, fields: { version } });
    assert.ok(read?.definition, said);
    assert.deepEqual(read.definition, definition, format);
    version = read.version;
  }
  const refused = async (row, field) => problem(await send(system, `/forms/${id}/sheet`, `key,label_zh,widget,choices,minimum,shown_when,uses\n${row}\n`, { method: 'PUT', fields: { version } }), 422, 'invalid', field);
  await refused('a.b,x,text,,,,', 'row/2/key');
  await refused('a,x,choice,1=2=3=4,,,', 'row/2/choices');
  await refused('a,x,text,,few,,', 'row/2/minimum');
  await refused('a,x,text,,,never,', 'row/2/shown_when');
  await refused('a,x,text,,,,dimension', 'definition/properties/a/x-uses');
  const { json: again } = await system.put(`/forms/${id}`, { version, label_zh: was.label_zh, label_en: was.label_en, definition: was.definition });
  await system.post(`/forms/${id}/publish`, { version: again.version });
});
