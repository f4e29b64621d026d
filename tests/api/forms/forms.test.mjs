// Forms: a definition is checked when it is saved, holds once it is published, and what is filled in keeps to it everywhere.
import { assert, before, jobDone, newKey, problem, signIn, test, until } from '../lib/harness.mjs';
import { makeAccount } from '../lib/accounts.mjs';
import { publish } from '../lib/forms.mjs';
import { rows } from '../lib/xlsx.mjs';

let system, unit;
before(async () => { [system, unit] = [await signIn('system_admin'), await signIn('unit_filler')]; });
const label = (zh) => ({ zh, en: zh });
const text = (zh, more = {}) => ({ type: 'string', 'x-widget': 'text', 'x-label': label(zh), ...more });
const formOf = async (cls) => (await system.get('/forms', { query: { kind: 'asset' } })).json.items.find((f) => f.code === cls && !f.realm_org_id);
const holds = (client, cls, check) => until(async () => check((await client.get('/asset-classes')).json.classes.find((k) => k.code === cls).form), { what: 'the form is in force in every process' });

test('a draft changes nothing until it is published; versions stay, and a stale or wrong one is refused', async () => {
  const { id } = await formOf('room');
  const { json: was } = await system.get(`/forms/${id}`);
  const definition = structuredClone(was.definition);
  definition.properties.floor_load = text('承重');
  problem(await system.put(`/forms/${id}`, { version: was.version, label_zh: '机房', definition: { ...definition, oneOf: [] } }, { expect: 'any' }), 422, 'invalid', 'definition/oneOf');
  const { json: draft } = await system.put(`/forms/${id}`, { version: was.version, label_zh: was.label_zh, label_en: was.label_en, definition });
  assert.deepEqual([draft.has_draft, draft.n], [true, was.n]);
  problem(await system.put(`/forms/${id}`, { version: was.version, label_zh: 'x' }, { expect: 'any' }), 409, 'stale_version');
  const effective = async () => (await unit.get('/forms/effective', { query: { kind: 'asset', code: 'room' } })).json;
  assert.equal('floor_load' in (await effective()).definition.properties, false);
  const { json: published } = await system.post(`/forms/${id}/publish`, { version: draft.version, note: '加承重' });
  assert.deepEqual([published.has_draft, published.n], [false, was.n + 1]);
  problem(await system.post(`/forms/${id}/publish`, { version: published.version }, { expect: 'any' }), 409, 'conflict');
  assert.equal('floor_load' in (await effective()).definition.properties, true);
  const { json: versions } = await system.get(`/forms/${id}/versions`);
  assert.deepEqual(versions.items.slice(0, 2).map((v) => v.n), [was.n + 1, was.n]);
  assert.equal(versions.items[0].note, '加承重');
  const { json: old } = await system.get(`/forms/${id}/versions/${was.n}`);
  assert.deepEqual(old.definition, was.definition);
  problem(await system.del(`/forms/${id}`, { query: { version: published.version }, expect: 'any' }), 409, 'in_use');
  const { json: again } = await system.put(`/forms/${id}`, { version: published.version, label_zh: was.label_zh, label_en: was.label_en, definition: was.definition });
  await system.post(`/forms/${id}/publish`, { version: again.version });
});

test('a new attribute is in form, validation, template, import, export and detail, and stays with the record when it is removed', async () => {
  const { form, back } = await publish(system, 'software', (d) => ({
    ...d,
    properties: {
      ...d.properties,
      platform: { type: 'string', 'x-widget': 'cascade', 'x-dictionary': 'os', 'x-label': label('运行平台') },
      grade: { type: 'string', enum: ['a', 'b'], 'x-enum-labels': { a: label('甲级'), b: label('乙级') }, 'x-widget': 'choice', 'x-label': label('等级') },
      why: text('原因', { maxLength: 10 }),
    },
    allOf: [{ if: { required: ['grade'], properties: { grade: { const: 'b' } } }, then: { required: ['why'] } }],
  }));
  const tag = newKey();
  try {
    await holds(unit, 'software', (f) => f.n === form.n);
    const os = (await unit.get('/asset-classes')).json.dictionaries.os;
    const leaf = os.find((i) => i.parent_code && os.some((p) => p.code === i.parent_code && p.parent_code));
    const body = (attributes) => ({ class_code: 'software', name: `软件 ${tag}`, attributes });
    problem(await unit.post('/assets', body({ grade: 'b' }), { expect: 'any' }), 422, 'invalid', 'attributes/why');
    problem(await unit.post('/assets', body({ platform: 'nothing' }), { expect: 'any' }), 422, 'invalid', 'attributes/platform');
    problem(await unit.post('/assets', body({ nothing: 1 }), { expect: 'any' }), 422, 'invalid', 'attributes/nothing');
    const { json: made } = await unit.post('/assets', body({ grade: 'b', why: '试', platform: leaf.code }));
    assert.deepEqual(made.attributes, { grade: 'b', why: '试', platform: leaf.code });

    const template = await unit.get('/assets/template', { query: { class: 'software' } });
    assert.ok(rows(template.bytes)[0].includes('运行平台'));
    const path = []; for (let i = leaf; i; i = os.find((x) => x.code === i.parent_code)) path.unshift(i.label_zh);
    const sheet = [['资产名称', '资产类别', '等级', '原因', '运行平台'], [`导入 ${tag}`, '软件', '甲级', '', path.join(' / ')], [`错的 ${tag}`, '软件', '乙级', '', '']];
    const { json: begun } = await unit.upload('/assets/imports', { name: 'a.csv', content: sheet.map((r) => r.join(',')).join('\n') }, { expect: 202 });
    const done = await jobDone(unit, `/imports/${begun.id}`);
    assert.deepEqual([done.created, done.rejected], [1, 1]);
    const { json: found } = await unit.get('/assets', { query: { q: `导入 ${tag}` } });
    const { json: read } = await unit.get(`/assets/${found.items[0].id}`);
    assert.deepEqual(read.attributes, { grade: 'a', platform: leaf.code });

    const { json: asked } = await unit.post('/assets/exports', { format: 'csv', class: 'software', q: tag }, { expect: 202 });
    const { result_url } = await jobDone(unit, `/imports/${asked.id}`);
    const { text: exported } = await unit.get(result_url.replace('/api/v1', ''));
    const line = exported.split('\r\n').find((l) => l.includes(made.name));
    assert.ok(line.includes(`${path.slice(1).join(' / ')},乙级,试`), line); // the top of the tree is in the exporter's language

    await back();
    await holds(unit, 'software', (f) => f.n === form.n + 1);
    // A sheet that does not know the attribute changes the rest of the record only.
    const { json: later } = await unit.upload('/assets/imports', { name: 'b.csv', content: `资产名称,资产类别,版本\n${made.name},软件,2.0` }, { expect: 202 });
    assert.equal((await jobDone(unit, `/imports/${later.id}`)).updated, 1);
    const { json: reread } = await unit.get(`/assets/${made.id}`);
    assert.deepEqual(reread.attributes, { grade: 'b', platform: leaf.code, version: '2.0', why: '试' });
    const { json: changed } = await unit.put(`/assets/${made.id}`, { version: reread.version, class_code: 'software', name: made.name, attributes: { vendor: '厂商' } });
    assert.deepEqual(changed.attributes, { grade: 'b', platform: leaf.code, vendor: '厂商', why: '试' });
  } finally {
    const { json } = await system.get(`/forms/${form.id}`);
    if ('platform' in json.definition.properties) await back();
  }
});

test('files of a record are its own, and only the uploader\'s', async () => {
  const { form, back } = await publish(system, 'data', (d) => ({ ...d, properties: { ...d.properties, proof: { type: 'string', format: 'uuid', 'x-widget': 'ref', 'x-ref': 'file', 'x-label': label('证明') }, keeper: { type: 'string', format: 'uuid', 'x-widget': 'ref', 'x-ref': 'org', 'x-label': label('保管单位') } } }));
  try {
    await holds(unit, 'data', (f) => f.n === form.n);
    const { json: file } = await unit.upload('/files', { name: 'proof.txt', content: `证明 ${newKey()}` });
    const { json: made } = await unit.post('/assets', { class_code: 'data', name: `数据 ${newKey()}`, attributes: { proof: file.id, keeper: unit.user.org_id } });
    problem(await unit.post('/assets', { class_code: 'data', name: `数据 ${newKey()}`, attributes: { proof: file.id } }, { expect: 'any' }), 422, 'invalid', 'attributes');
    const outside = (await system.get('/orgs/tree')).json.items.find((o) => o.id !== unit.user.org_id);
    problem(await unit.post('/assets', { class_code: 'data', name: `数据 ${newKey()}`, attributes: { keeper: outside.id } }, { expect: 'any' }), 422, 'invalid', 'attributes/keeper');
    const { json: kept } = await unit.put(`/assets/${made.id}`, { version: made.version, class_code: 'data', name: made.name, attributes: { proof: file.id } });
    assert.deepEqual(kept.attributes, { proof: file.id });
    const { json: begun } = await unit.upload('/assets/imports', { name: 'c.csv', content: `资产名称,资产类别,备注,证明\n${made.name},业务数据,由表修改,${unit.user.org_id}` }, { expect: 202 });
    const job = await jobDone(unit, `/imports/${begun.id}`);
    assert.equal(job.updated, 1, 'a reference is no column of a sheet');
    assert.deepEqual((await unit.get(`/assets/${made.id}`)).json.attributes, { proof: file.id });
  } finally { await back(); }
});

test('a sub-system\'s own form and dictionary hold below it and nowhere else', async () => {
  const { json: tree } = await system.get('/orgs/tree');
  const own = tree.items.find((o) => o.id === unit.user.org_id), city = tree.items.find((o) => o.id === own.parent_id);
  const { json: realms } = await system.get('/realms');
  const row = (await system.get(`/orgs/${city.id}`)).json;
  const was = realms.items.some((x) => x.id === city.id);
  if (!was) await system.put(`/realms/${city.id}`, { active: true, version: row.version });
  const elsewhere = await signIn(await makeAccount('unit_filler', { org: tree.items.find((o) => o.parent_id && o.parent_id !== city.id && o.id !== city.id && !tree.items.some((c) => c.parent_id === o.id)).id }));
  try {
    const definition = { properties: { floor: { type: 'string', 'x-widget': 'dictionary', 'x-dictionary': 'floors', 'x-label': label('楼层') } } };
    // A form that was published stays for ever: a second run on the same platform goes on with it.
    const there = (await system.get('/forms', { query: { kind: 'asset' } })).json.items.find((x) => x.realm_org_id === city.id && x.code === 'network');
    const { json: f } = there ? await system.put(`/forms/${there.id}`, { version: there.version, label_zh: '网络', definition }) : await system.post('/forms', { realm: city.id, kind: 'asset', code: 'network', label_zh: '网络', definition });
    problem(await system.post('/forms', { realm: city.id, kind: 'asset', code: 'network', label_zh: '又', definition }, { expect: 'any' }), 409, 'duplicate', 'code');
    problem(await system.post('/forms', { realm: city.id, kind: 'asset', code: 'moon', label_zh: '又', definition }, { expect: 'any' }), 422, 'invalid', 'code');
    const left = (await system.get('/dictionaries')).json.items.find((x) => x.code === 'floors' && x.realm_org_id === city.id);
    if (left) await system.del('/dictionaries/floors', { query: { realm: city.id, version: left.version } });
    await system.post('/dictionaries', { realm: city.id, code: 'floors', label_zh: '楼层', items: [{ code: '1', label_zh: '一层' }, { code: '1a', label_zh: '一层东', parent_code: '1' }] });
    await system.post(`/forms/${f.id}/publish`, { version: f.version });
    await holds(unit, 'network', (x) => x.id === f.id);
    await until(async () => 'floors' in (await unit.get('/asset-classes')).json.dictionaries, { what: 'the dictionary is known' });
    const { json: other } = await elsewhere.get('/asset-classes');
    assert.notEqual(other.classes.find((k) => k.code === 'network').form.id, f.id);
    assert.equal('floors' in other.dictionaries, false);
    const { json: made } = await unit.post('/assets', { class_code: 'network', name: `网络 ${newKey()}`, attributes: { floor: '1a' } });
    assert.equal(made.attributes.floor, '1a');
    problem(await unit.post('/assets', { class_code: 'network', name: 'x', attributes: { floor: '9' } }, { expect: 'any' }), 422, 'invalid', 'attributes/floor');
    const { json: d } = await system.get('/dictionaries/floors', { query: { realm: city.id } });
    problem(await system.put('/dictionaries/floors', { version: d.version, label_zh: '楼层', items: [{ code: 'a', label_zh: 'a', parent_code: 'b' }, { code: 'b', label_zh: 'b', parent_code: 'a' }] }, { query: { realm: city.id }, expect: 'any' }), 422, 'invalid', 'items/0/parent_code');
    problem(await system.put('/dictionaries/floors', { version: d.version, label_zh: '楼层', items: [{ code: 'a', label_zh: 'a' }, { code: 'a', label_zh: 'b' }] }, { query: { realm: city.id }, expect: 'any' }), 422, 'invalid', 'items/1/code');
    const { json: retired } = await system.put('/dictionaries/floors', { version: d.version, label_zh: '楼层', items: d.items.map((i) => ({ ...i, active: i.code !== '1a' })) }, { query: { realm: city.id } });
    await until(async () => (await unit.post('/assets', { class_code: 'network', name: `网络 ${newKey()}`, attributes: { floor: '1a' } }, { expect: 'any' })).status === 422, { what: 'a retired item is offered no more' });
    const { json: now } = await system.get(`/forms/${f.id}`);
    await system.put(`/forms/${f.id}`, { version: now.version, label_zh: '网络', state: 'retired' });
    await holds(unit, 'network', (x) => x.id !== f.id);
    await system.del('/dictionaries/floors', { query: { realm: city.id, version: retired.version } });
  } finally {
    if (!was) await system.put(`/realms/${city.id}`, { active: false, version: (await system.get(`/orgs/${city.id}`)).json.version });
  }
});

test('Z03 nobody but the system administrator writes forms and dictionaries', async () => {
  for (const role of ['security_admin', 'audit_admin', 'analyst', 'unit_filler']) {
    const who = await signIn(role);
    problem(await who.post('/forms', { kind: 'asset', code: 'room', label_zh: 'x', definition: {} }, { expect: 'any' }), 403, 'forbidden');
    problem(await who.post('/dictionaries', { code: 'x', label_zh: 'x', items: [] }, { expect: 'any' }), 403, 'forbidden');
  }
});

test('references go out as names and numbers, and come in as what they name; what names nothing, or several, is rejected at its cell', async () => {
  const ref = (zh, to) => ({ type: 'string', format: 'uuid', 'x-widget': 'ref', 'x-ref': to, 'x-label': label(zh) });
  const tag = newKey().slice(0, 8);
  const { back } = await publish(system, 'software', (d) => ({ ...d, properties: { ...d.properties, ref_org: ref('供应单位', 'org'), ref_person: ref('管理人', 'person'), ref_asset: ref('所在设备', 'asset') } }));
  await holds(unit, 'software', (f) => 'ref_asset' in f.definition.properties);
  const { json: person } = await unit.post('/people', { org_id: unit.user.org_id, name: `管理 ${tag}`, duty: 'staff' });
  const { json: device } = await unit.post('/assets', { class_code: 'hardware', category_code: '01.01', name: `设备 ${tag}` });
  const org = (await unit.get(`/orgs/${unit.user.org_id}`)).json.name;
  const sheet = (name, ...cells) => `资产名称,资产类别,供应单位,管理人,所在设备\n${name},软件,${cells.join(',')}\n`;
  const bring = async (content) => { const { json } = await unit.upload('/assets/imports', { name: 'refs.csv', content }); return jobDone(unit, `/imports/${json.id}`); };
  const good = await bring(sheet(`软件 ${tag}`, org, person.name, device.asset_no));
  assert.deepEqual([good.created, good.rejected], [1, 0], JSON.stringify(good));
  const [made] = (await unit.get('/assets', { query: { q: `软件 ${tag}` } })).json.items;
  const { attributes } = (await unit.get(`/assets/${made.id}`)).json;
  assert.deepEqual(attributes, { ref_org: unit.user.org_id, ref_person: person.id, ref_asset: device.id });
  const { json: out } = await unit.post('/assets/exports', { format: 'csv', class: 'software', q: tag });
  const done = await jobDone(unit, `/imports/${out.id}`);
  const { text: csv } = await unit.get(done.result_url.replace('/api/v1', ''));
  for (const word of [org, person.name, device.asset_no]) assert.ok(csv.includes(word), csv);
  assert.deepEqual((({ created, updated, rejected }) => [created, updated, rejected])(await bring(csv)), [0, 0, 0]);
  const bad = await bring(`${sheet(`甲 ${tag}`, '没有的单位', '', '')}乙 ${tag},软件,,别处的人,\n丙 ${tag},软件,,,NO-SUCH\n`);
  assert.deepEqual([bad.created, bad.rejected], [0, 3]);
  assert.deepEqual(bad.first_problems.map((p) => [p.row, p.field]), [[2, '供应单位'], [3, '管理人'], [4, '所在设备']]);
  for (const { id, version } of (await unit.get('/assets', { query: { q: tag } })).json.items) await unit.del(`/assets/${id}`, { query: { version } });
  await unit.del(`/people/${person.id}`);
  await back();
});
