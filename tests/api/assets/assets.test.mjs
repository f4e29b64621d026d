// The registry by API: records, scope, versions, import.
import { assert, jobDone, newKey, platform, problem, signIn, test } from '../lib/harness.mjs';

const record = (name) => ({ class_code: 'hardware', category_code: '01.01', name, addresses: [{ kind: 'ip', value: '10.9.8.7' }] });

test('a record is made, changed and kept from other units', async () => {
  const [unit, other] = await Promise.all([signIn('unit_filler'), signIn('unit_filler', { n: 1 })]);
  const { json: made } = await unit.post('/assets', record(`服务器 ${newKey()}`), { expect: 201 });
  problem(await other.get(`/assets/${made.id}`, { expect: 404 }), 404, 'not_found');
  const change = { version: made.version, class_code: 'hardware', name: `${made.name} 改` };
  await unit.put(`/assets/${made.id}`, change);
  problem(await unit.put(`/assets/${made.id}`, change, { expect: 409 }), 409, 'stale_version');
  const { json: history } = await unit.get(`/assets/${made.id}/history`);
  assert.deepEqual(history.items.map((h) => h.action), ['asset.update', 'asset.create']);
  problem(await unit.post('/assets', { ...record('x'), id: made.id }, { expect: 422 }), 422, 'invalid');
});

test('the same Idempotency-Key makes one record', async () => {
  const unit = await signIn('unit_filler');
  const key = newKey();
  const body = record(`一次 ${newKey()}`);
  const first = await unit.post('/assets', body, { key, expect: 201 });
  const again = await unit.post('/assets', body, { key, expect: 201 });
  assert.equal(again.json.id, first.json.id);
  problem(await unit.post('/assets', { ...body, name: 'y' }, { key, expect: 422 }), 422, 'idempotency_key_reused');
});

test('an import writes the good rows, names the bad ones, and a dry run writes nothing', async () => {
  const unit = await signIn('unit_filler');
  const tag = newKey();
  const sheet = ['资产名称,资产类别,IP地址,内存 GB', `${tag} 一,硬件设备,10.7.0.1,64`, `${tag} 二,硬件设备,10.7.0.999,64`, `'=${tag} 三,硬件设备,10.7.0.3,8`].join('\n');
  const total = async () => (await unit.get('/assets', { query: { total: 'exact' } })).json.total;
  const before = await total();
  const run = async (dry) => {
    const { json } = await unit.upload(`/assets/imports?dry_run=${dry}`, { name: '台账.csv', content: sheet }, { expect: 202 });
    return jobDone(unit, `/imports/${json.id}`);
  };
  const dry = await run(true);
  assert.deepEqual([dry.created, dry.rejected], [2, 1]);
  assert.equal(await total(), before);
  const real = await run(false);
  assert.deepEqual([real.created, real.rejected, real.rows_done], [2, 1, 3]);
  assert.equal(await total(), before + 2);
  assert.equal(real.first_problems[0].row, 3);
  assert.ok(real.problems_url);
  const { json: guarded } = await unit.get('/assets', { query: { q: `=${tag}` } });
  assert.equal(guarded.items[0].name, `=${tag} 三`);
  const again = await run(false);
  assert.equal(again.created, 0, 'what is there already is not made again');
});

test('a total is counted up to 10,000, and beyond it when it is asked for', async () => {
  const unit = await signIn('unit_filler');
  const tag = newKey().slice(0, 8);
  await platform().sql(`INSERT INTO assets (id, asset_no, class_code, name, state_code, source_code, match_key, created_at, updated_at, org_id, org_l1, org_l2,
    org_l3, sector_code) SELECT UUID(), CONCAT('${tag}-', seq), 'hardware', '${tag}', '02', '01', UNHEX(MD5(CONCAT('${tag}', seq))), UTC_TIMESTAMP(6),
    UTC_TIMESTAMP(6), id, org_l1, org_l2, org_l3, sector_code FROM orgs JOIN seq_1_to_10001 WHERE id = '${unit.user.org_id}'`.replaceAll('\n', ' '));
  try {
    const total = async (query) => { const { json } = await unit.get('/assets', { query: { size: 1, ...query } }); return [json.total, Boolean(json.total_more)]; };
    assert.deepEqual(await total({ q: tag }), [10_000, true]);
    assert.deepEqual(await total({ q: tag, total: 'exact' }), [10_001, false]);
    const [[all]] = await platform().sql(`SELECT COUNT(*) FROM assets WHERE org_id = '${unit.user.org_id}'`);
    assert.deepEqual(await total({ total: 'exact' }), [Number(all), false]);
  } finally {
    await platform().sql(`DELETE FROM assets WHERE name = '${tag}'`);
  }
});
