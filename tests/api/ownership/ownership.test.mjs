// Whose is it, and why: by API, at a time, inside the caller's scope.
import { assert, before, jobDone, newKey, platform, problem, signIn, test, until } from '../lib/harness.mjs';
import { scanXml } from '../lib/nmap.mjs';

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

test('the default of a sector speaks last, the nearest realm first; what is stored follows a change', async () => {
  const address = publicAddress();
  const stack = platform();
  const system = await signIn('system_admin');
  const [[org, sector, root]] = await stack.sql(`SELECT id, sector_code, org_l1 FROM orgs WHERE id = '${orgOf(unit)}'`);
  const path = `/sector-defaults/${sector}`;
  const put = (realm, org_id, version, options) => system.put(path, { org_id, version }, { query: { realm }, ...options });
  const remove = (realm, version, options) => system.del(path, { query: { realm, version }, ...options });
  const tag = newKey();
  const line = JSON.stringify({ timestamp: new Date().toISOString(), event_type: 'alert', src_ip: '203.0.113.9', dest_ip: address, proto: 'TCP', alert: { signature: tag, signature_id: 1, category: 'test', severity: 2 } });
  await unit.send('/events?format=eve', 'application/x-ndjson', `${line}\n`, { expect: 202 });
  const { json: scan } = await unit.send('/discoveries', 'application/xml', scanXml([{ address, ports: [443] }]), { expect: 202 });
  await jobDone(unit, `/imports/${scan.id}`);
  const stored = async () => {
    const event = (await office.get('/events', { query: { q: tag } })).json.items[0];
    const host = (await office.get('/discoveries/hosts', { query: { address } })).json.items[0];
    return [event?.org_id ?? null, host?.verdict === 'owned' ? host.org_id : null];
  };
  await until(async () => (await office.get('/events', { query: { q: tag } })).json.total === 1, { what: 'the event is stored' });
  assert.deepEqual(await stored(), [null, null]);
  try {
    problem(await put(undefined, newKey(), 0, { expect: 422 }), 422, 'invalid', 'org_id');
    problem(await put(org, newKey(), 0, { expect: 422 }), 422, 'invalid', 'org_id');
    await put(undefined, root, 0);
    const found = await ask(unit, { address });
    assert.deepEqual([found.verdict, found.method], ['owned', 'sector']);
    assert.ok(found.confidence < 50);
    await until(async () => (await stored()).every((o) => o === root), { timeout: 30_000, what: 'event and host have the default owner' });
    await put(org, org);
    assert.equal((await ask(unit, { address })).org_id, org);
    assert.equal((await ask(office, { address })).verdict, 'unowned', 'the office is of another sector');
    const mine = (await system.get('/sector-defaults')).json.items.filter((d) => d.sector_code === sector);
    assert.deepEqual(mine.map((d) => [d.realm_org_id, d.org_id, d.version]), [[null, root, 1], [org, org, 1]]);
    problem(await put(org, root, 7, { expect: 409 }), 409, 'stale_version', 'version');
    problem(await remove(org, 7, { expect: 409 }), 409, 'stale_version', 'version');
    await put(org, root, 1);
    const again = await ask(unit, { address });
    assert.deepEqual([again.verdict, again.org_id], ['owned', null], 'an owner outside the scope is not named');
    const acts = await stack.sql(`SELECT action FROM audit_log WHERE subject_kind = 'sector_default' AND subject_id = '${mine[1].id}' ORDER BY at, n`);
    assert.deepEqual(acts.flat(), ['sector_default.put', 'sector_default.put']);
    await remove(org, 2);
    await remove(undefined, 1);
    problem(await remove(undefined, 1, { expect: 404 }), 404, 'not_found');
    await until(async () => (await stored()).every((o) => o === null), { timeout: 30_000, what: 'without a default it is nobody’s again' });
  } finally {
    await stack.sql(`DELETE FROM sector_defaults WHERE sector_code = '${sector}'`);
  }
});

test('a question without a subject, or with a bad one, is refused by name', async () => {
  problem(await office.get('/ownership', { expect: 400 }), 400, 'bad_parameter', 'address');
  problem(await office.get('/ownership', { query: { address: '10.0.0.999' }, expect: 400 }), 400, 'bad_parameter', 'address');
});
