// The undo of an import as a whole.
import { assert, jobDone, newKey, problem, signIn, test } from '../lib/harness.mjs';

const importOf = async (who, lines, query = '') => {
  const { json } = await who.upload(`/assets/imports${query}`, { name: '撤销.csv', content: lines.join('\n') }, { expect: 202 });
  return { ...(await jobDone(who, `/imports/${json.id}`)), id: json.id };
};
const undo = async (who, id) => {
  const { json } = await who.post(`/imports/${id}/undo`, undefined, { expect: 202 });
  return { ...(await jobDone(who, `/imports/${json.id}`)), id: json.id };
};
const byName = async (who, q) => (await who.get('/assets', { query: { q, size: 100 } })).json.items;
const detail = async (who, id, options) => (await who.get(`/assets/${id}`, options)).json;

test('what an import made goes, what it changed returns, what was changed since stays', async () => {
  const unit = await signIn('unit_filler');
  const tag = newKey();
  const before = await detail(unit, (await unit.post('/assets', {
    class_code: 'hardware', name: `${tag} 旧`, room: '一号机房', attributes: { mem_gb: 8 },
    addresses: [{ kind: 'ip', value: '10.6.0.1' }, { kind: 'domain', value: `a-${tag}.example.cn` }],
  }, { expect: 201 })).json.id);
  const first = await importOf(unit, ['资产编号,资产名称,资产类别,IP地址,所在机房',
    `${before.asset_no},${tag} 新,硬件设备,10.6.0.9,二号机房`, `,${tag} 一,硬件设备,10.6.0.2,`, `,${tag} 二,硬件设备,10.6.0.3,`, `,${tag} 三,硬件设备,10.6.0.4,`]);
  assert.deepEqual([first.created, first.updated], [3, 1], JSON.stringify(first));
  const made = await byName(unit, tag);
  assert.equal(made.length, 4);
  const touched = made.find((a) => a.name === `${tag} 二`);
  await unit.put(`/assets/${touched.id}`, { version: touched.version, class_code: 'hardware', name: `${tag} 二改` });
  const gone = made.find((a) => a.name === `${tag} 三`);
  await unit.del(`/assets/${gone.id}`, { query: { version: gone.version, reason: '登记错误' } });

  const back = await undo(unit, first.id);
  assert.deepEqual([back.undone, back.kept, back.undo_of], [3, 1, first.id]);
  assert.deepEqual((await byName(unit, tag)).map((a) => a.name).sort(), [`${tag} 旧`, `${tag} 二改`].sort());
  const now = await detail(unit, before.id);
  assert.ok(now.version > before.version);
  const facts = (a) => [a.name, a.room, a.attributes, a.main_address, a.addresses.map((d) => [d.kind, d.value, d.space_id])];
  assert.deepEqual(facts(now), facts(before));
  const { json: results } = await unit.get(`/imports/${first.id}/rows`);
  assert.deepEqual(results.items.map((r) => r.outcome), ['undone', 'undone', 'kept', 'undone']);
  const { json: history } = await unit.get(`/assets/${before.id}/history`);
  assert.equal(history.items[0].job_id, back.id, 'the history names the undo');
  assert.equal((await unit.get(`/imports/${first.id}`)).json.undone_by, back.id);
  problem(await unit.post(`/imports/${first.id}/undo`, undefined, { expect: 409 }), 409, 'conflict');
  const again = await importOf(unit, ['资产名称,资产类别,IP地址', `${tag} 一,硬件设备,10.6.0.2`]);
  assert.equal(again.created, 1, 'the way is free for another import');
});

test('who may not import, another unit and a dry run undo nothing', async () => {
  const [unit, other, leader] = await Promise.all([signIn('unit_filler'), signIn('unit_filler', { n: 1 }), signIn('leader')]);
  const lines = ['资产名称,资产类别,IP地址', `${newKey()},硬件设备,10.6.1.2`];
  const dry = await importOf(unit, lines, '?dry_run=true');
  problem(await unit.post(`/imports/${dry.id}/undo`, undefined, { expect: 422 }), 422, 'invalid');
  const real = await importOf(unit, lines);
  problem(await other.post(`/imports/${real.id}/undo`, undefined, { expect: 404 }), 404, 'not_found');
  problem(await leader.post(`/imports/${real.id}/undo`, undefined, { expect: 403 }), 403, 'forbidden');
});
