// Whose is it, and why: by API, at a time, inside the caller's scope.
import { assert, before, newKey, platform, problem, signIn, test } from '../lib/harness.mjs';

let unit;
let other;
let office;
const random = (n) => Math.floor(Math.random() * n);
// A public address that no other run has registered.
const publicAddress = () => `8.${random(250) + 1}.${random(250)}.${random(250) + 1}`;
const register = async (who, addresses) => (await who.post('/assets', { class_code: 'hardware', category_code: '01.01', name: `归属 ${newKey()}`, addresses }, { expect: 201 })).json;
const ask = async (who, query) => (await who.get('/ownership', { query })).json;
const orgOf = (who) => who.user.org_id ?? who.user.org?.id;

before(async () => {
  [unit, other, office] = await Promise.all([signIn('unit_filler'), signIn('unit_filler', { n: 2 }), signIn('analyst')]);
});

test('a registered address belongs to its unit, with the evidence', async () => {
  const address = publicAddress();
  const asset = await register(unit, [{ kind: 'ip', value: address }]);
  const found = await ask(office, { address });
  assert.deepEqual([found.verdict, found.method, found.asset_id, found.asset_name], ['owned', 'address', asset.id, asset.name]);
  assert.equal(found.org_id, asset.org_id);
  const [first] = found.evidence.filter((e) => e.statement === 'address_registered');
  assert.equal(first.params.value, address);
  assert.equal(first.org_id, asset.org_id);
  assert.ok(first.weight > 0 && found.confidence >= first.weight);
  // Another unit learns that somebody has it, not who.
  const seen = await ask(other, { address });
  assert.deepEqual([seen.verdict, seen.org_id, seen.org_name, seen.asset_id, seen.person], ['owned', null, null, null, null]);
  const text = JSON.stringify(seen);
  for (const secret of [asset.id, asset.name, asset.org_id, asset.org_name]) assert.ok(!text.includes(secret), `${secret} is told`);
});

test('an address that was registered later finds its owner, with less confidence', async () => {
  const address = publicAddress();
  const asset = await register(unit, [{ kind: 'ip', value: address }]);
  const now = await ask(office, { address });
  const then = await ask(office, { address, at: '2025-01-01T00:00:00+08:00' });
  assert.deepEqual([then.verdict, then.org_id], ['owned', asset.org_id]);
  assert.ok(then.confidence < now.confidence);
  assert.ok(then.evidence.some((e) => e.statement === 'registered_later' && e.params.valid_from));
  // Given up: whoever asks about today is told that nobody has it, and about the time between that the unit had it.
  const between = new Date().toISOString();
  await unit.del(`/assets/${asset.id}`, { query: { version: asset.version } });
  assert.equal((await ask(office, { address })).verdict, 'unowned');
  assert.equal((await ask(office, { address, at: between })).org_id, asset.org_id);
});

test('two units on one address are ambiguous, with both named to the office', async () => {
  const address = `2001:4860:${random(65000).toString(16)}::${(random(60000) + 1).toString(16)}`;
  const [a, b] = [await register(unit, [{ kind: 'ip', value: address }]), await register(other, [{ kind: 'ip', value: address }])];
  const found = await ask(office, { address });
  assert.equal(found.verdict, 'ambiguous');
  assert.deepEqual(found.candidates.map((c) => c.org_id).sort(), [a.org_id, b.org_id].sort());
  const own = await ask(unit, { address });
  assert.deepEqual(own.candidates.map((c) => c.org_id).filter(Boolean), [a.org_id]);
});

test('the most specific range, parent domains and the host of an URL', async () => {
  const net = `9.${random(250)}.${random(250)}`;
  const wide = await register(other, [{ kind: 'range', value: `${net}.0/24` }]);
  const narrow = await register(unit, [{ kind: 'range', value: `${net}.16-${net}.40` }]);
  const inside = await ask(office, { address: `${net}.20` });
  assert.deepEqual([inside.org_id, inside.method], [narrow.org_id, 'range']);
  assert.ok(inside.evidence.some((e) => e.statement === 'wider_range' && e.org_id === wide.org_id));
  assert.equal((await ask(office, { address: `${net}.41` })).org_id, wide.org_id);
  const name = `u${newKey().slice(0, 8)}.example-unit.cn`;
  const site = await register(unit, [{ kind: 'domain', value: name }]);
  const byUrl = await ask(office, { url: `https://www.${name}:8443/a?b` });
  assert.deepEqual([byUrl.org_id, byUrl.method], [site.org_id, 'domain']);
  assert.equal((await ask(office, { domain: name.slice(name.indexOf('.') + 1) })).verdict, 'unowned', 'a parent is not a child');
});

test('the same private address of two units is two addresses', async () => {
  const address = `10.200.${random(250)}.${random(250) + 1}`;
  const [a, b] = [await register(unit, [{ kind: 'ip', value: address }]), await register(other, [{ kind: 'ip', value: address }])];
  assert.equal((await ask(unit, { address })).asset_id, a.id);
  assert.equal((await ask(other, { address })).asset_id, b.id);
  const { json: full } = await unit.get(`/assets/${a.id}`);
  const space = full.addresses[0].space_id;
  assert.equal((await ask(office, { address, space })).asset_id, a.id);
  problem(await other.get('/ownership', { query: { address, space }, expect: 422 }), 422, 'invalid', 'space');
});

test('the default of a sector speaks last, the nearest realm first', async () => {
  const address = publicAddress();
  const stack = platform();
  const [[org, sector, root]] = await stack.sql(`SELECT id, sector_code, org_l1 FROM orgs WHERE id = '${orgOf(unit)}'`);
  const put = (realm, owner) => stack.sql(`INSERT INTO sector_defaults (id, realm_org_id, sector_code, org_id) VALUES (UUID(), ${realm ? `'${realm}'` : 'NULL'}, '${sector}', '${owner}')`);
  try {
    await put(null, root);
    const found = await ask(unit, { address });
    assert.deepEqual([found.verdict, found.method], ['owned', 'sector']);
    assert.ok(found.confidence < 50);
    await put(org, org);
    assert.equal((await ask(unit, { address })).org_id, org);
    assert.equal((await ask(office, { address })).verdict, 'unowned', 'the office has no sector');
  } finally {
    await stack.sql('DELETE FROM sector_defaults');
  }
});

test('a question without a subject, or with a bad one, is refused by name', async () => {
  problem(await office.get('/ownership', { expect: 400 }), 400, 'bad_parameter', 'address');
  problem(await office.get('/ownership', { query: { address: '10.0.0.999' }, expect: 400 }), 400, 'bad_parameter', 'address');
});
