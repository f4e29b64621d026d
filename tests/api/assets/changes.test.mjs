// Reports of assets: nothing is registered before both have agreed, nobody reviews his own, and what changed meanwhile is not overwritten.
import { before } from 'node:test';
import { makeAccount } from '../lib/accounts.mjs';
import { assert, jobDone, newKey, platform, problem, signIn, test } from '../lib/harness.mjs';
import { until } from '../lib/until.mjs';

let filler, reviewer, office;
before(async () => {
  [filler, reviewer] = [await signIn('unit_filler'), await signIn('unit_reviewer')];
  const [[superior]] = await platform().sql(`SELECT parent_id FROM orgs WHERE id = '${filler.user.org_id}'`);
  office = await signIn(await makeAccount('analyst', { scope: 'subtree', org: superior }));
});

// What is asked for by `submit` holds for all that units write where the setting asset.review says so (tests/e2e/assets.test.mjs).
const submit = { query: { submit: true }, expect: 202 };
const record = (name, more = {}) => ({ class_code: 'hardware', category_code: '01.01', name: `${name} ${newKey().slice(0, 8)}`, addresses: [{ kind: 'ip', value: '10.44.1.9' }], ...more });
const decide = async (who, id, outcome = 'approve', expect = [200, 204]) => {
  const { json: run } = await who.get('/flow-instances', { query: { kind: 'asset_report', subject: id } });
  return who.post(`/tasks/${run.seats[0].task_id}/complete`, { outcome, opinion: '看过' }, { expect });
};
const state = async (id) => (await filler.get(`/asset-changes/${id}`)).json.state;

test('a new asset is registered when unit and office have agreed', async () => {
  const { json: filed } = await filler.post('/assets', record('报送'), submit);
  const { json: seen } = await filler.get(`/asset-changes/${filed.id}`);
  assert.deepEqual([seen.state, seen.action, seen.content.addresses[0].value], ['review', 'register', '10.44.1.9']);
  problem(await filler.get(`/assets/${seen.asset_id}`, { expect: 404 }), 404, 'not_found');
  await decide(filler, filed.id, 'approve', 403);
  await decide(office, filed.id, 'approve', 403);
  await decide(reviewer, filed.id);
  assert.equal(await state(filed.id), 'review');
  await decide(office, filed.id);
  assert.equal(await state(filed.id), 'accepted');
  const { json: made } = await filler.get(`/assets/${seen.asset_id}`);
  assert.deepEqual([made.name, made.addresses[0].value, made.version], [seen.title, '10.44.1.9', 1]);
  const { json: history } = await filler.get(`/assets/${made.id}/history`);
  assert.deepEqual([history.items[0].action, history.items[0].actor_name], ['asset.create', 'made by a test']);

  // a change, and meanwhile another one by the office itself
  const change = { version: 1, class_code: 'hardware', name: `${made.name} 改` };
  const { json: asked } = await filler.put(`/assets/${made.id}`, change, submit);
  problem(await filler.put(`/assets/${made.id}`, change, { ...submit, expect: 409 }), 409, 'conflict');
  await office.put(`/assets/${made.id}`, { ...change, name: `${made.name} 网信改` });
  await decide(reviewer, asked.id);
  await decide(office, asked.id);
  assert.equal(await state(asked.id), 'stale');
  assert.equal((await filler.get(`/assets/${made.id}`)).json.name, `${made.name} 网信改`);

  // retirement: the addresses are nobody's any more
  const { json: retire } = await filler.del(`/assets/${made.id}`, { query: { version: 2, reason: '下线', submit: true }, expect: 202 });
  await decide(reviewer, retire.id);
  await decide(office, retire.id);
  const { json: gone } = await filler.get(`/assets/${made.id}`);
  assert.deepEqual([gone.state_code, gone.addresses.length], ['05', 0]);
});

test('what is sent back changes nothing and tells why; the one who reported may take it back', async () => {
  const { json: filed } = await filler.post('/assets', record('退回'), submit);
  await decide(reviewer, filed.id, 'reject');
  const { json: seen } = await filler.get(`/asset-changes/${filed.id}`);
  assert.deepEqual([seen.state, seen.opinion], ['rejected', '看过']);
  problem(await filler.get(`/assets/${seen.asset_id}`, { expect: 404 }), 404, 'not_found');
  problem(await filler.post('/assets', record('错', { state_code: '99' }), { ...submit, expect: 422 }), 422, 'invalid', 'state_code');
  const { json: own } = await reviewer.post('/assets', record('自审'), submit);
  problem(await decide(reviewer, own.id, 'approve', 403), 403, 'four_eyes');
});

test('a file is imported when it is accepted, and only tried before', async () => {
  const tag = newKey();
  const sheet = `资产名称,资产类别\n${tag},硬件设备`;
  const { json: tried } = await filler.upload('/assets/imports?dry_run=true', { name: '报.csv', content: sheet }, { expect: 202 });
  assert.equal((await jobDone(filler, `/imports/${tried.id}`)).created, 1);
  const { json: filed } = await filler.upload('/assets/imports?submit=true', { name: '报.csv', content: sheet }, { expect: 202 });
  assert.equal((await filler.get(`/asset-changes/${filed.id}`)).json.action, 'import');
  const found = async () => (await filler.get('/assets', { query: { q: tag } })).json.items.length;
  assert.equal(await found(), 0);
  await decide(reviewer, filed.id);
  await decide(office, filed.id);
  await until(async () => (await found()) === 1, { what: 'the import' });
});
