// The counts of assets: true for each scope, kept up with each change, corrected at night.
import { assert, newKey, platform, problem, signIn, test } from '../lib/harness.mjs';
import { until } from '../lib/until.mjs';

const read = async (who, query = {}) => (await who.get('/assets/statistics', { query })).json;
const of = (s, name, value, cls) => s.dimensions.filter((d) => d.name === name && (!cls || d.class === cls)).flatMap((d) => d.values).filter((v) => value === undefined || v.value === value).reduce((n, v) => n + v.n, 0);
const listed = async (who, query = {}) => (await who.get('/assets', { query: { total: 'exact', size: 1, ...query } })).json.total;
/** All that was noted has been counted. */
const settled = () => until(async () => Number((await platform().sql('SELECT COUNT(*) FROM asset_count_notes'))[0][0]) === 0, { what: 'the counts', timeout: 20_000 });

test('for every role the figures are those of its list', async () => {
  await settled();
  for (const role of ['unit_filler', 'analyst', 'leader']) {
    const who = await signIn(role);
    const s = await read(who);
    assert.equal(of(s, 'total'), await listed(who), role);
    for (const cls of ['system', 'hardware', 'room']) assert.equal(of(s, 'total', '', cls), await listed(who, { class: cls }), `${role} ${cls}`);
    assert.equal(of(s, 'state', '02', 'hardware'), await listed(who, { class: 'hardware', state: '02' }), role);
    assert.equal(of(s, 'server_kind'), await listed(who, { class: 'hardware', category: '01' }), role);
  }
});

test('a change is counted within five seconds, in its unit, above it and in all', async () => {
  const [unit, office] = [await signIn('unit_filler'), await signIn('analyst')];
  await settled();
  const seen = async () => [of(await read(unit), 'server_os', '测试系统 A'), of(await read(office), 'server_os', '测试系统 A'), of(await read(office, { org: unit.user.org_id }), 'server_os', '测试系统 A')];
  const before = await seen();
  const { json: made } = await unit.post('/assets', { class_code: 'hardware', category_code: '01.01', name: `计数 ${newKey()}`, os_name: '测试系统 A' }, { expect: 201 });
  const begun = Date.now();
  await until(async () => (await seen()).every((n, i) => n === before[i] + 1), { what: 'the new one counted' });
  assert.ok(Date.now() - begun < 5000);
  await unit.put(`/assets/${made.id}`, { version: made.version, class_code: 'hardware', category_code: '05.01', name: made.name, os_name: '测试系统 A' });
  await until(async () => (await seen()).every((n, i) => n === before[i]), { what: 'the change counted' });
  await unit.del(`/assets/${made.id}`, { query: { version: made.version + 1 }, expect: 204 });
  await until(async () => of(await read(unit), 'total') === (await listed(unit)), { what: 'the deletion counted' });
});

test('what went astray is corrected and told, and a day that has ended stays', async () => {
  const office = await signIn('analyst');
  await settled();
  const was = of(await read(office), 'total', '', 'hardware');
  await platform().sql("UPDATE asset_counts SET n = n + 7 WHERE place = 'all' AND class_code = 'hardware' AND dimension = 'total'");
  await platform().sql("INSERT INTO asset_counts VALUES ('all', 'hardware', 'vendor', '不存在', 3)");
  assert.equal(of(await read(office), 'total', '', 'hardware'), was + 7);
  const run = async (kind) => {
    await platform().sql(`UPDATE schedules SET next_at = UTC_TIMESTAMP(6) - INTERVAL 1 SECOND WHERE name = '${kind}'`);
    const since = Date.now() - 1000;
    await until(async () => (await platform().sql(`SELECT COUNT(*) FROM jobs WHERE kind = '${kind}' AND state = 'done' AND finished_at > FROM_UNIXTIME(${since / 1000})`))[0][0] !== '0', { what: kind });
  };
  await run('asset_recount');
  const s = await read(office);
  assert.equal(of(s, 'total', '', 'hardware'), was);
  assert.equal(of(s, 'vendor', '不存在'), 0);
  assert.equal(s.drift, 2);
  await platform().sql("DELETE FROM asset_days WHERE NOT is_demo");
  await run('asset_day');
  const [last] = (await read(office)).days.slice(-1);
  assert.equal(last.total, of(s, 'total'));
  assert.equal(last.systems, of(s, 'total', '', 'system'));
});

test('places are compared inside the scope', async () => {
  const [unit, office] = [await signIn('unit_filler'), await signIn('analyst')];
  await settled();
  const compare = async (who, query) => (await who.get('/assets/comparison', { query })).json;
  const units = await compare(office, { by: 'unit', size: 200 });
  assert.equal(units.items.reduce((n, u) => n + u.total, 0), await listed(office));
  assert.deepEqual(units.items.map((u) => u.total), units.items.map((u) => u.total).sort((a, b) => b - a));
  const sectors = await compare(office, { by: 'sector', size: 200 });
  assert.equal(sectors.items.reduce((n, u) => n + u.total, 0), await listed(office));
  const below = await compare(office, { by: 'below', size: 200 });
  for (const p of below.items.slice(0, 2)) assert.equal(p.total, await listed(office, { org: p.key }));
  const own = await compare(unit, { by: 'unit' });
  assert.deepEqual(own.items.map((u) => u.key), [unit.user.org_id]);
  const stranger = await signIn('unit_filler', { n: 1 });
  problem(await stranger.get('/assets/statistics', { query: { org: unit.user.org_id }, expect: 404 }), 404, 'not_found');
  problem(await stranger.get('/assets/comparison', { query: { by: 'unit', org: unit.user.org_id }, expect: 404 }), 404, 'not_found');
});
