// Address pools: nesting, whose they are, what is in them, and what no pool holds.
import { before } from 'node:test';
import { assert, newKey, platform, problem, signIn, test } from '../lib/harness.mjs';
import { until } from '../lib/until.mjs';

let office, unit, other, space, otherSpace;
before(async () => {
  [unit, other] = await Promise.all([signIn('unit_filler'), signIn('unit_filler', { n: 1 })]);
  office = await signIn('analyst');
  const own = async (who) => (await who.get('/address-spaces')).json.items.find((s) => s.org_id === who.user.org_id)?.id;
  // A unit's private space is made with its first private address.
  const { json: a } = await unit.post('/assets', { class_code: 'hardware', name: `空间 ${newKey()}`, addresses: [{ kind: 'ip', value: '10.201.0.1' }] }, { expect: 201 });
  const { json: b } = await other.post('/assets', { class_code: 'hardware', name: `空间 ${newKey()}`, addresses: [{ kind: 'ip', value: '10.201.0.1' }] }, { expect: 201 });
  [space, otherSpace] = [(await own(unit)) ?? a.addresses[0].space_id, (await own(other)) ?? b.addresses[0].space_id];
});
const give = async (range, more = {}, expect = 201) => (await office.post('/address-pools', { space_id: space, range, name: `段 ${range}`, org_id: unit.user.org_id, ...more }, { expect }));
const net = 10 + Math.floor(Math.random() * 200);

test('pools nest, and do not overlap otherwise', async () => {
  const { json: top } = await give(`172.20.${net}.0/24`);
  const { json: half } = await give(`172.20.${net}.0/25`);
  problem(await give(`172.20.${net}.0/24`, {}, 422), 422, 'invalid', 'range');
  problem(await give(`172.20.${net}.100-172.20.${net}.200`, {}, 422), 422, 'invalid', 'range');
  problem(await give('172.20.0.1/24', {}, 422), 422, 'invalid', 'range');
  problem(await give('10.0.0.0-2001:db8::1', {}, 422), 422, 'invalid', 'range');
  problem(await give(`::ffff:172.20.${net}.0-::ffff:172.20.${net}.255`, {}, 422), 422, 'invalid', 'range');
  await give(`2001:db8:${net.toString(16)}::/48`);
  await office.post('/address-pools', { space_id: otherSpace, range: `172.20.${net}.0/24`, name: '同段异空间', org_id: other.user.org_id }, { expect: 201 });
  const { json } = await unit.get('/address-pools', { query: { space } });
  const of = (id) => json.items.find((p) => p.id === id);
  assert.deepEqual([of(top.id).size, of(half.id).parent_id, of(top.id).parent_id ?? null], [256, top.id, null]);
  assert.ok(json.items.some((p) => p.v6 && p.size === null));
  assert.ok(!json.items.some((p) => p.name === '同段异空间'), 'another unit’s pool is not seen');
  problem(await unit.post('/address-pools', { space_id: space, range: '172.21.0.0/24', name: 'x', org_id: unit.user.org_id }, { expect: 403 }), 403, 'forbidden');
  problem(await other.get(`/address-pools/${top.id}`, { expect: 404 }), 404, 'not_found');
  const { json: moved } = await office.put(`/address-pools/${half.id}`, { version: 1, range: `172.20.${net}.128/25`, name: '后半', org_id: unit.user.org_id });
  assert.deepEqual([moved.range, moved.version], [`172.20.${net}.128/25`, 2]);
  problem(await office.put(`/address-pools/${half.id}`, { version: 1, range: `172.20.${net}.0/25`, name: 'x', org_id: unit.user.org_id }, { expect: 409 }), 409, 'stale_version');
  await office.del(`/address-pools/${half.id}`, { query: { version: 2 }, expect: 204 });
});

test('used, free and wrong addresses of a pool', async () => {
  const base = `172.22.${net}`;
  const { json: pool } = await give(`${base}.0/28`, { org_id: unit.user.org_id });
  const asset = async (last, name) => (await unit.post('/assets', { class_code: 'hardware', name: `${name} ${newKey()}`, addresses: [{ kind: 'ip', value: `${base}.${last}`, space_id: space }] }, { expect: 201 })).json;
  const [one, two] = [await asset(1, '甲'), await asset(3, '乙')];
  const twin = await asset(3, '丙');
  const { json: usage } = await unit.get(`/address-pools/${pool.id}/usage`);
  assert.deepEqual(usage.used.map((u) => u.address), [`${base}.1`, `${base}.3`, `${base}.3`]);
  assert.equal(usage.used[0].asset_id, one.id);
  assert.deepEqual(usage.free.map((f) => [f.first, f.last]), [[`${base}.0`, `${base}.0`], [`${base}.2`, `${base}.2`], [`${base}.4`, `${base}.15`]]);
  assert.deepEqual([usage.cells, usage.map.map((m) => [m.cell, m.used])], [16, [[1, 1], [3, 2]]]);
  const { json: bad } = await office.get(`/address-pools/${pool.id}/problems`);
  assert.deepEqual(bad.items.filter((p) => p.kind === 'duplicate').map((p) => p.asset_id).sort(), [two.id, twin.id].sort());
  assert.ok(!bad.items.some((p) => p.kind === 'foreign'));
  await office.put(`/address-pools/${pool.id}`, { version: 1, range: `${base}.0/28`, name: '转给他人', org_id: other.user.org_id });
  const { json: foreign } = await office.get(`/address-pools/${pool.id}/problems`);
  assert.equal(foreign.items.filter((p) => p.kind === 'foreign').length, 3);
});

test('ranges that no pool holds are found by the watch, and use is kept by day', async () => {
  const base = `172.23.${net}`;
  await unit.post('/assets', { class_code: 'hardware', name: `新段 ${newKey()}`, addresses: [{ kind: 'ip', value: `${base}.9`, space_id: space }] }, { expect: 201 });
  const watch = async () => {
    const done = async () => Number((await platform().sql("SELECT COUNT(*) FROM jobs WHERE kind = 'pool_watch' AND state = 'done'"))[0][0]);
    const before = await done();
    await until(async () => (await platform().sql("SELECT name FROM schedules WHERE name = 'pool_watch'"))[0], { what: 'the schedule' });
    await platform().sql("UPDATE schedules SET next_at = UTC_TIMESTAMP(6) - INTERVAL 1 SECOND WHERE name = 'pool_watch'");
    await until(async () => (await done()) > before, { what: 'the watch' });
  };
  await watch();
  const mine = async () => (await unit.get('/address-news')).json.items.find((n) => n.range === `${base}.0/24`);
  const found = await mine();
  assert.deepEqual([found.addresses, found.org_id], [1, unit.user.org_id]);
  assert.ok(!(await other.get('/address-news')).json.items.some((n) => n.id === found.id));
  const { json: pool } = await give(`${base}.0/24`);
  assert.equal(await mine(), undefined, 'a pool holds it now');
  await watch();
  const { json: seen } = await unit.get(`/address-pools/${pool.id}`);
  assert.deepEqual([seen.used, seen.days.length, seen.days[0].used], [1, 1, 1]);
});
