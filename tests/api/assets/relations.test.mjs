// Relations of assets: who may make them, what is affected along them, who is near.
import { assert, newKey, problem, signIn, test } from '../lib/harness.mjs';

const make = async (who, class_code, name, more = {}) => (await who.post('/assets', { class_code, name: `${name} ${newKey().slice(0, 8)}`, ...more }, { expect: 201 })).json;
const relate = (who, a, kind, b, more = {}, expect = 201) => who.post(`/assets/${a.id}/relations`, { kind, other_id: b.id, ...more }, { expect });
const hit = async (who, ...assets) => (await who.post('/assets/impact', { asset_ids: assets.map((a) => a.id) })).json;

test('a relation joins the classes of its kind, once, and shows at both ends', async () => {
  const unit = await signIn('unit_filler');
  const [system, host, room] = [await make(unit, 'system', '门户'), await make(unit, 'hardware', '主机'), await make(unit, 'room', '机房')];
  const { json: made } = await relate(unit, system, 'runs_on', host);
  problem(await relate(unit, host, 'runs_on', system, { back: true }, 409), 409, 'duplicate', 'other_id');
  problem(await relate(unit, host, 'runs_on', system, {}, 422), 422, 'invalid', 'other_id');
  problem(await relate(unit, system, 'runs_on', system, {}, 422), 422, 'invalid', 'other_id');
  problem(await relate(unit, system, 'nothing', host, {}, 422), 422, 'invalid', 'kind');
  await relate(unit, room, 'located_in', host, { back: true });
  const { json: of } = await unit.get(`/assets/${host.id}/relations`);
  assert.deepEqual(of.items.map((i) => [i.kind, i.back, i.other.id]).sort(), [['located_in', false, room.id], ['runs_on', true, system.id]].sort());
  assert.equal(of.hidden, 0);
  const { json: history } = await unit.get(`/assets/${system.id}/history`);
  assert.equal(history.items[0].action, 'asset.relate');

  const stranger = await signIn('unit_filler', { n: 1 });
  problem(await stranger.get(`/assets/${host.id}/relations`, { expect: 404 }), 404, 'not_found');
  problem(await stranger.del(`/assets/${system.id}/relations/${made.id}`, { expect: 404 }), 404, 'not_found');
  const own = await make(stranger, 'system', '外单位');
  problem(await relate(stranger, own, 'runs_on', host, {}, 422), 422, 'invalid', 'other_id');
  await unit.del(`/assets/${system.id}/relations/${made.id}`, { expect: 204 });
  assert.equal((await unit.get(`/assets/${system.id}/relations`)).json.items.length, 0);
});

test('what is hit travels from room to host to system to data, and not the other way', async () => {
  const unit = await signIn('unit_filler');
  const [system, host, room, data, software, other] = [await make(unit, 'system', '业务', { attributes: { user_count: 1200 } }), await make(unit, 'hardware', '主机'),
    await make(unit, 'room', '机房'), await make(unit, 'data', '数据', { attributes: { pi_subject_count: 300 } }), await make(unit, 'software', '组件'), await make(unit, 'system', '下游')];
  for (const [a, kind, b] of [[system, 'runs_on', host], [host, 'located_in', room], [system, 'holds', data], [software, 'installed_on', host], [other, 'depends_on', system], [system, 'depends_on', other]]) await relate(unit, a, kind, b);
  const ids = (x) => x.items.map((i) => i.id).sort();
  const all = await hit(unit, software);
  assert.deepEqual(ids(all), [software, host, system, data, other].map((a) => a.id).sort());
  assert.deepEqual([all.users, all.subjects, all.organisations, all.outside, all.more], [1200, 300, 1, 0, false]);
  assert.deepEqual(all.places.map((p) => p.id), [room.id]);
  const of = (x) => all.items.find((i) => i.id === x.id);
  assert.deepEqual([of(software).depth, of(host).via, of(system).depth, of(data).kind], [0, software.id, 2, 'holds']);
  assert.deepEqual(ids(await hit(unit, data)), [data.id]);
  assert.ok((await hit(unit, room)).items.some((i) => i.id === data.id));

  const stranger = await signIn('unit_filler', { n: 1 });
  const foreign = await hit(stranger, software);
  assert.deepEqual([foreign.items.length, foreign.outside, foreign.users], [0, 1, 0]);
  await unit.del(`/assets/${host.id}`, { query: { version: host.version }, expect: 204 });
  assert.deepEqual(ids(await hit(unit, software)), [software.id]);
});

test('the nearest free team comes first, engaged ones and other skills not at all', async () => {
  const unit = await signIn('unit_filler');
  const host = await make(unit, 'hardware', '主机');
  const team = (name, attributes) => make(unit, 'emergency', name, { category_code: '02', attributes });
  const skill = { specialty: ['law'] };
  const far = await team('远', { ...skill, region_code: '533401', response_minutes: 30, status: '1' });
  const near = await team('近', { ...skill, region_code: '530102', response_minutes: 600, status: '1' });
  const busy = await team('忙', { ...skill, region_code: '530102', response_minutes: 10, status: '2' });
  const { json } = await unit.get(`/assets/${host.id}/responders`, { query: { specialty: 'law' } });
  const seen = json.items.map((i) => i.id);
  assert.ok(seen.indexOf(near.id) >= 0 && seen.indexOf(near.id) < seen.indexOf(far.id));
  assert.ok(!seen.includes(busy.id));
  assert.ok(json.items.every((i) => i.specialty.includes('law')));
});
