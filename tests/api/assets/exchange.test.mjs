// The API for systems: batches with their envelope, and the feed that a copy is kept by.
import { createHash, randomUUID } from 'node:crypto';
import { assert, machine, newKey, problem, signIn, test } from '../lib/harness.mjs';
import { until } from '../lib/until.mjs';

const canonical = (v) => (Array.isArray(v) ? `[${v.map(canonical).join(',')}]` : v && typeof v === 'object' ? `{${Object.keys(v).filter((k) => v[k] !== undefined).sort().map((k) => `${JSON.stringify(k)}:${canonical(v[k])}`).join(',')}}` : JSON.stringify(v));
const digest = (records) => createHash('sm3').update(canonical(records)).digest('hex');
const envelope = (records, more = {}) => ({ format_id: 'asset.hardware', format_version: 'WA0010-2021-R1', batch_id: randomUUID(), report_mode: 'INCR', source: '06', generated_at: new Date().toISOString(), record_count: records.length, records, digest: digest(records), ...more });
const send = async (who, records, more = {}, expect = 200) => (await who.post('/assets/batches', envelope(records, more), { expect })).json;
const record = (tag, n, more = {}) => ({ name: `${tag} ${n}`, category_code: '01.01', addresses: [{ kind: 'ip', value: `10.66.1.${n}` }], ...more });

test('a batch writes the good records, names what is wrong with the others, and what is missing', async () => {
  const system = await machine({ n: 1 });
  const tag = newKey();
  const done = await send(system, [record(tag, 1, { attributes: { mem_gb: 12.5, is_virtual: false } }), record(tag, 2, { state_code: '99' }), record(tag, 3, { colour: 'red' }), record(tag, 4, { name: 5 }), record(tag, 1), { ...record(tag, 6), class_code: 'software', addresses: undefined, category_code: '02' }]);
  assert.deepEqual([done.accepted, done.results.map((r) => [r.row, r.outcome])], [2, [[1, 'created'], [6, 'created']]]);
  assert.deepEqual(done.rejected.map((r) => [r.row, r.field, r.code]), [[2, 'state_code', 'enum'], [3, 'colour', 'unknown_field'], [4, 'name', 'type'], [5, '', 'duplicate']]);
  assert.ok(done.warnings.some((w) => w.row === 1 && w.field === 'attributes/cpu_type' && w.code === 'missing'));
  assert.ok(!done.warnings.some((w) => w.field === 'attributes/mem_gb'));
  const [first] = done.results;
  const { json: made } = await system.get(`/assets/${first.id}`);
  assert.deepEqual([made.asset_no, made.source_code, made.attributes.mem_gb], [first.asset_no, '06', 12.5]);

  // a correction says only what it changes
  const fixed = await send(system, [{ asset_no: first.asset_no, attributes: { sn: 'S-1' } }, { asset_no: 'NO-SUCH-1', remark: 'x' }], { report_mode: 'CORRECT' });
  assert.deepEqual([fixed.results[0].outcome, fixed.rejected[0].code], ['updated', 'unknown']);
  const { json: now } = await system.get(`/assets/${first.id}`);
  assert.deepEqual([now.name, now.attributes, now.addresses.length], [made.name, { is_virtual: false, mem_gb: 12.5, sn: 'S-1' }, 1]);
  assert.equal((await send(system, [{ asset_no: first.asset_no, attributes: { sn: 'S-1' } }])).results[0].outcome, 'unchanged');
  const gone = await send(system, [{ asset_no: first.asset_no }], { report_mode: 'DELETE' });
  assert.equal(gone.results[0].outcome, 'retired');
  const { json: history } = await system.get(`/assets/${first.id}/history`);
  assert.deepEqual(history.items.map((h) => h.action), ['asset.retire', 'asset.update', 'asset.create']);
});

test('the envelope holds: digest, count, one answer for one batch, one’s own scope', async () => {
  const [system, stranger] = await Promise.all([machine({ n: 1 }), signIn('unit_filler', { n: 1 })]);
  const tag = newKey();
  const records = [record(tag, 1)];
  const body = envelope(records);
  const first = (await system.post('/assets/batches', body)).json;
  assert.deepEqual((await system.post('/assets/batches', body)).json, first);
  problem(await system.post('/assets/batches', { ...envelope([record(tag, 9)]), batch_id: body.batch_id }, { expect: 409 }), 409, 'conflict');
  problem(await system.post('/assets/batches', { ...envelope(records), digest: '0'.repeat(64) }, { expect: 422 }), 422, 'invalid', 'digest');
  problem(await system.post('/assets/batches', { ...envelope(records), record_count: 3 }, { expect: 422 }), 422, 'invalid', 'record_count');
  problem(await system.post('/assets/batches', { ...envelope(records), format_id: 'asset.nothing' }, { expect: 422 }), 422, 'invalid', 'format_id');
  const taken = await send(stranger, [{ asset_no: first.results[0].asset_no, name: 'x' }]);
  assert.deepEqual(taken.rejected.map((r) => [r.field, r.code]), [['asset_no', 'taken']]);
});

test('the feed tells each change once, in order, and deletions, inside the scope', async () => {
  const [unit, stranger] = await Promise.all([signIn('unit_filler'), signIn('unit_filler', { n: 1 })]);
  const read = async (who, after) => {
    const items = [];
    for (let next = after, more = true; more;) {
      const { json } = await who.get('/assets/feed', { query: { after: next, size: 100 } });
      items.push(...json.items);
      ({ next, more } = json);
    }
    return items;
  };
  const start = (await read(unit, 0)).at(-1)?.seq ?? 0;
  const { json: made } = await unit.post('/assets', { class_code: 'hardware', name: `增量 ${newKey()}` }, { expect: 201 });
  const { json: other } = await unit.post('/assets', { class_code: 'hardware', name: `删除 ${newKey()}` }, { expect: 201 });
  await unit.put(`/assets/${made.id}`, { version: 1, class_code: 'hardware', name: `${made.name} 改` });
  await unit.del(`/assets/${other.id}`, { query: { version: 1 }, expect: 204 });
  const seen = await until(async () => {
    const items = await read(unit, start);
    return items.some((i) => i.id === other.id && i.action === 'deleted') && items.some((i) => i.record?.name === `${made.name} 改`) && items;
  }, { what: 'the feed' });
  assert.equal(seen.filter((i) => i.id === made.id).length, 1);
  assert.deepEqual(seen.map((i) => i.seq), seen.map((i) => i.seq).sort((a, b) => a - b));
  assert.ok(!(await read(stranger, start)).some((i) => [made.id, other.id].includes(i.id)));
});
