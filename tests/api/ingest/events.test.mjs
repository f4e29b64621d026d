// Events from the sender's line to the list: what is taken and what is refused, whose it is, repetition, raw lines, scope.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { assert, machine, newKey, platform, problem, promised, signIn, test, until } from '../lib/harness.mjs';
import { ROOT } from '../lib/stack.mjs';

const CORPUS = join(process.env.TONGCHOU_CORPUS ?? join(ROOT, '../shared/corpus'), 'wazuh-vendor-samples/src/engine/ruleset/integrations/suricata/_test');

// The demonstration's clients: 0 the office, 1 to 3 units. An analyst of the office sees everything.
const OFFICE = 0;
const UNIT = 1;
const NDJSON = 'application/x-ndjson';
const now = () => new Date().toISOString();
const alert = (more = {}) => JSON.stringify({
  timestamp: now(), flow_id: 1, event_type: 'alert', src_ip: '198.51.100.7', src_port: 4711, dest_ip: '10.66.1.9', dest_port: 443, proto: 'TCP',
  alert: { action: 'allowed', signature: `ET ${newKey()}`, signature_id: 2024792, category: 'Attempted Admin', severity: 1 }, ...more,
});
const hisec = (more) => JSON.stringify({
  EventName: '僵尸网络', EventCategory: '15', EventType: '12000', EventLevel: '3', ThreatEventStatus: '1', MergeCount: '1',
  OccurTime: String(Math.floor(Date.now() / 1000)), SrcIP: '198.51.100.9', DestIP: '10.66.2.2', ...more,
});
const send = (client, format, lines, options = {}) =>
  client.send(`/events?format=${format}`, NDJSON, Array.isArray(lines) ? `${lines.join('\n')}\n` : lines, { expect: 202, ...options });
/** The one event that the search word finds, once `as` holds of it. */
const found = (client, q, as = () => true) => until(async () => {
  const { json } = await client.get('/events', { query: { q } });
  assert.ok(json.total < 2, `${json.total} events for ${q}`);
  return json.items[0] && as(json.items[0]) && json.items[0];
}, { what: `event ${q}` });
const nameOf = (line) => JSON.parse(line).alert?.signature ?? JSON.parse(line).EventName;

test('alerts and anomalies become events, other types are counted, bad lines are named', async () => {
  const [sender, analyst] = await Promise.all([machine({ n: UNIT }), signIn('analyst')]);
  const good = alert();
  const anomaly = JSON.stringify({ timestamp: now(), event_type: 'anomaly', src_ip: '10.66.1.9', dest_ip: '198.51.100.7', anomaly: { type: 'applayer', event: `A_${newKey()}` } });
  const { json } = await send(sender, 'eve', [
    good, '{"event_type":"dns"}', '', '{"event_type":"alert"', '[1]', alert({ timestamp: 'yesterday' }), alert({ src_ip: '1.2.3.999' }),
    `{"a":${'['.repeat(100)}${']'.repeat(100)}}`, `{"event_type":"alert","event_type":"alert"}`, alert({ payload: 'x'.repeat(300_000) }), anomaly,
  ]);
  assert.deepEqual([json.accepted, json.ignored], [2, 1]);
  assert.deepEqual(json.rejected.map((r) => [r.line, r.code]), [
    [4, 'malformed'], [5, 'not_an_object'], [6, 'bad_time'], [7, 'bad_address'], [8, 'too_deep'], [9, 'duplicate_key'], [10, 'too_large'],
  ]);
  assert.match(json.rejected[2].message, /timestamp/);
  const event = await found(analyst, nameOf(good));
  assert.deepEqual([event.format, event.severity, event.victim_ip, event.src_port, event.rule_id, event.count],
    ['eve', 'high', '10.66.1.9', 4711, '2024792', 1]);
  assert.equal((await found(analyst, JSON.parse(anomaly).anomaly.event)).severity, 'info');
});

test('the raw line comes back byte for byte, and reading it is audited', async () => {
  const [sender, analyst] = await Promise.all([machine({ n: UNIT }), signIn('analyst')]);
  const line = ` ${alert({ note: '漏洞\\u0041 "x" \t ä' })} \r`;
  await send(sender, 'eve', ['{"event_type":"flow"}', line, alert()]);
  const event = await found(analyst, JSON.parse(line).alert.signature);
  const raw = await analyst.get(`/events/${event.id}/raw`);
  assert.equal(raw.text, line);
  const audited = await platform().sql(`SELECT actor_user, action, subject_kind, subject_id, result FROM audit_log WHERE request_id = '${raw.headers.get('x-request-id')}'`);
  assert.deepEqual(audited, [[analyst.user.id, 'event.raw', 'event', event.id, 'ok']]);
  problem(await (await signIn('leader')).get(`/events/${event.id}/raw`, { expect: 403 }), 403, 'forbidden');
});

test('real lines of Suricata come back byte for byte', { skip: !existsSync(CORPUS) && `no samples at ${CORPUS}` }, async () => {
  const [sender, analyst] = await Promise.all([machine({ n: UNIT }), signIn('analyst')]);
  for (const name of ['suricata_alert_input.txt', 'suricata_alert_mitre_input.txt']) {
    const bytes = readFileSync(join(CORPUS, name));
    const lines = bytes.toString().split('\n').filter(Boolean);
    const { json } = await send(sender, 'eve', bytes);
    assert.deepEqual([json.accepted, json.ignored, json.rejected], [lines.length, 0, []], name);
    for (const line of lines) {
      const { alert: { signature, signature_id }, dest_ip, dest_port } = JSON.parse(line);
      const query = { q: signature, address: dest_ip, from: '2020-01-01T00:00:00Z', to: '2024-01-01T00:00:00Z' };
      const event = await until(async () => (await analyst.get('/events', { query })).json.items[0], { what: signature });
      assert.deepEqual([event.name, event.rule_id, event.dst_ip, event.dst_port], [signature, String(signature_id), dest_ip, dest_port]);
      assert.equal((await analyst.get(`/events/${event.id}/raw`)).text, line);
    }
  }
});

test('a repeated request gets the first answer, and no line is stored twice', async () => {
  const [sender, analyst] = await Promise.all([machine({ n: UNIT }), signIn('analyst')]);
  const lines = [alert(), alert(), '{'];
  const first = await send(sender, 'eve', lines);
  const key = newKey();
  assert.deepEqual((await send(sender, 'eve', lines)).json, first.json);
  assert.deepEqual((await send(sender, 'eve', lines, { key })).json, first.json);
  assert.deepEqual((await send(sender, 'eve', lines, { key })).json, first.json);
  problem(await send(sender, 'eve', [alert()], { key, expect: 422 }), 422, 'idempotency_key_reused');
  // Another request that brings one of the lines again: accepted, and still one event.
  const more = [alert(), lines[0], lines[0]];
  assert.equal((await send(sender, 'eve', more)).json.accepted, 3);
  await found(analyst, nameOf(more[0]));
  for (const line of lines.slice(0, 2)) assert.equal((await found(analyst, nameOf(line))).count, 1);
});

test('whole requests that cannot be taken are refused by name', async () => {
  const [sender, filler, leader] = await Promise.all([machine({ n: UNIT }), signIn('unit_filler'), signIn('leader')]);
  problem(await sender.send('/events', NDJSON, alert(), { expect: 400 }), 400, 'bad_parameter');
  problem(await sender.send('/events?format=cef', NDJSON, alert(), { expect: 400 }), 400, 'bad_parameter');
  problem(await sender.send('/events?format=eve', 'text/csv', alert(), { expect: 415 }), 415, 'unsupported_media_type');
  problem(await send(sender, 'eve', 'x'.repeat(9 << 20), { expect: 413 }), 413, 'too_large');
  problem(await sender.send(`/events?format=eve&source=${newKey()}`, NDJSON, alert(), { expect: 422 }), 422, 'invalid', 'source');
  problem(await send(leader, 'eve', [alert()], { expect: 403 }), 403, 'forbidden');
  assert.equal((await send(filler, 'eve', [alert()])).json.accepted, 1, 'people may upload as well');
});

test('HiSec: aggregated alerts are one event, counts never add up twice, category 999 sets the status', async () => {
  const [sender, analyst] = await Promise.all([machine({ n: UNIT }), signIn('analyst')]);
  const tag = newKey();
  const of = (n, more) => hisec({ EventID: `${tag}-${n}`, AggregationEventID: `${tag}-g`, EventName: `H ${tag}`, ...more });
  await send(sender, 'hisec', [of(1, {}), of(2, { MergeCount: '3' })]);
  assert.equal((await found(analyst, tag)).count, 3);
  await send(sender, 'hisec', [of(3, { MergeCount: '7' })]);
  await found(analyst, tag, (e) => e.count === 7);
  await send(sender, 'hisec', [of(2, { MergeCount: '3' }), of(4, { MergeCount: '8' })]);
  await found(analyst, tag, (e) => e.count === 8 && e.status === 'open');
  await send(sender, 'hisec', [JSON.stringify({ EventID: `${tag}-2`, EventCategory: '999', ThreatEventStatus: '4' })]);
  await found(analyst, tag, (e) => e.status === 'closed');
  await send(sender, 'hisec', [JSON.stringify({ EventID: `${tag}-1`, EventCategory: '999', ThreatEventStatus: '77' })]);
  const last = await found(analyst, tag, (e) => e.status === '77');
  assert.deepEqual([last.count, last.severity, last.category], [8, 'high', '15']);
});

test('HiSec: a change of status waits for an event that comes later', async () => {
  const [sender, analyst] = await Promise.all([machine({ n: UNIT }), signIn('analyst')]);
  const [tag, late] = [newKey(), newKey()];
  await send(sender, 'hisec', [JSON.stringify({ EventID: `${tag}-1`, EventCategory: '999', ThreatEventStatus: '3', n: newKey() }), hisec({ EventID: `${late}-0`, EventName: late })]);
  await found(analyst, late);
  await send(sender, 'hisec', [hisec({ EventID: `${tag}-1`, AggregationEventID: `${tag}-g`, EventName: `L ${tag}` })]);
  await found(analyst, tag, (e) => e.status === 'confirmed');
});

test('an event is its owner\'s: the registered asset, with the chain; strangers do not see it', async () => {
  const [sender, analyst, unit, other] = await Promise.all([machine({ n: UNIT }), signIn('analyst'), signIn('unit_filler'), signIn('unit_filler', { n: 1 })]);
  const address = `10.66.${Math.floor(Math.random() * 200) + 20}.${Math.floor(Math.random() * 250) + 1}`;
  const asset = (await unit.post('/assets', { class_code: 'hardware', category_code: '01.01', name: `主机 ${newKey()}`, addresses: [{ kind: 'ip', value: address }] }, { expect: 201 })).json;
  const [mine, nobodys] = [alert({ dest_ip: address }), alert({ dest_ip: '10.255.255.254' })];
  await send(sender, 'eve', [mine, nobodys]);
  const event = await found(unit, nameOf(mine));
  assert.deepEqual([event.verdict, event.method, event.asset_id, event.org_id], ['owned', 'address', asset.id, asset.org_id]);
  const { json: detail } = await unit.get(`/events/${event.id}`);
  assert.equal(detail.ownership.verdict, 'owned');
  assert.equal(detail.ownership.asset_id, asset.id);
  assert.ok((await unit.get('/address-spaces')).json.items.some((s) => s.id === detail.space_id));
  assert.ok(detail.ownership.evidence.some((x) => x.step === 1 && x.weight > 0));
  assert.equal(detail.fields.type, 'alert');
  assert.deepEqual((await unit.get(`/events/${event.id}/ownership`)).json, detail.ownership);
  problem(await other.get(`/events/${event.id}`, { expect: 404 }), 404, 'not_found');
  assert.equal((await other.get('/events', { query: { q: nameOf(mine) } })).json.total, 0);
  // Nobody's: the office's queue only.
  const unowned = await found(analyst, nameOf(nobodys));
  assert.deepEqual([unowned.verdict, unowned.org_id], ['unowned', null]);
  problem(await unit.get(`/events/${unowned.id}`, { expect: 404 }), 404, 'not_found');
});

test('the list goes on by cursor and filters by time, severity, verdict, address and source', async () => {
  const [sender, analyst] = await Promise.all([machine({ n: OFFICE }), signIn('analyst')]);
  const tag = newKey();
  const at = (i) => new Date(Date.UTC(2024, 0, 1, 0, 0, i)).toISOString();
  const lines = Array.from({ length: 25 }, (_, i) => JSON.stringify({ id: `${tag}-${i}`, time: at(i), name: `${tag} ${i}`, severity: i % 5 ? 'low' : 'critical', dst_ip: `203.0.113.${i}`, src_ip: '10.1.2.3', victim: '10.1.2.3' }));
  await send(sender, 'generic', lines);
  await until(async () => (await analyst.get('/events', { query: { q: tag } })).json.total === 25, { what: '25 events' });
  const seen = [];
  for (let after; ;) {
    const { json } = await analyst.get('/events', { query: { q: tag, size: 10, after } });
    seen.push(...json.items.map((e) => e.name));
    if (!(after = json.after)) break;
  }
  assert.deepEqual(seen, Array.from({ length: 25 }, (_, i) => `${tag} ${24 - i}`));
  const total = async (query) => (await analyst.get('/events', { query: { q: tag, ...query } })).json.total;
  assert.equal(await total({ severity: 'critical' }), 5);
  assert.equal(await total({ from: at(10), to: at(20) }), 10);
  assert.equal(await total({ address: '203.0.113.7' }), 1);
  assert.equal(await total({ format: 'eve' }), 0);
  assert.equal(await total({ verdict: 'owned' }), 0);
  const { json: one } = await analyst.get('/events', { query: { q: tag, size: 1 } });
  assert.equal(await total({ source: one.items[0].source_id }), 25);
});

test('sources: made and changed by the system administrator, used by the client that is bound to it', async () => {
  const [admin, analyst, sender] = await Promise.all([signIn('system_admin'), signIn('analyst'), machine({ n: 2 })]);
  const org = (await signIn('unit_filler', { n: 1 })).user.org_id;
  const body = { name: `探针 ${newKey()}`, org_id: org, format: 'generic', trust: 60, tz: '+09:00', victim: 'source' };
  const { json: made } = await admin.post('/sources', body, { expect: 201 });
  assert.deepEqual([made.org_id, made.trust, made.tz, made.victim, made.state, made.version], [org, 60, '+09:00', 'source', 'active', 1]);
  problem(await admin.post('/sources', { ...body, tz: 'Mars/Olympus' }, { expect: 422 }), 422, 'invalid', 'tz');
  problem(await admin.post('/sources', { ...body, org_id: newKey() }, { expect: 422 }), 422, 'invalid', 'org_id');
  problem(await analyst.post('/sources', body, { expect: 403 }), 403, 'forbidden');
  // Bound to a client it takes that one's events, and nobody else's.
  const { clients } = await platform().credentials();
  const bound = await admin.post('/sources', { ...body, name: `${body.name} 专用`, client_id: clients[2].client_id }, { expect: 201 });
  const through = (client, expect) => client.send(`/events?format=generic&source=${bound.json.id}`, NDJSON, JSON.stringify({ time: now(), name: newKey() }), { expect });
  assert.equal((await through(sender, 202)).json.accepted, 1);
  problem(await through(await machine({ n: UNIT }), 422), 422, 'invalid', 'source');
  problem(await through(await machine({ n: OFFICE }), 422), 422, 'invalid', 'source');
  const change = { version: 1, name: `${body.name} 改`, format: 'generic', state: 'disabled' };
  assert.equal((await admin.put(`/sources/${made.id}`, change)).json.state, 'disabled');
  problem(await admin.put(`/sources/${made.id}`, change, { expect: 409 }), 409, 'stale_version');
  const line = JSON.stringify({ time: now(), name: newKey() });
  problem(await sender.send(`/events?format=generic&source=${made.id}`, NDJSON, line, { expect: 422 }), 422, 'invalid', 'source');
});

test('registering the asset later gives its events an owner, giving it up does not take them away', async () => {
  const [sender, analyst, unit] = await Promise.all([machine({ n: UNIT }), signIn('analyst'), signIn('unit_filler')]);
  const [address, host] = [`10.67.${Math.floor(Math.random() * 250)}.${Math.floor(Math.random() * 250) + 1}`, `h${Date.now().toString(36)}.example.org`];
  const [byAddress, byName] = [alert({ dest_ip: address }), alert({ dest_ip: '10.255.255.253', http: { hostname: `www.${host}`, url: '/' } })];
  await send(sender, 'eve', [byAddress, byName]);
  for (const line of [byAddress, byName]) assert.equal((await found(analyst, nameOf(line))).verdict, 'unowned');
  const body = { class_code: 'hardware', category_code: '01.01', name: `补登 ${newKey()}`, addresses: [{ kind: 'ip', value: address }, { kind: 'domain', value: host }] };
  const { json: asset } = await unit.post('/assets', body, { expect: 201 });
  const [first, second] = await Promise.all([byAddress, byName].map((line) => found(unit, nameOf(line), (e) => e.asset_id === asset.id)));
  assert.deepEqual([first.verdict, first.method, second.method], ['owned', 'address', 'domain']);
  await unit.put(`/assets/${asset.id}`, { ...body, version: asset.version, addresses: [{ kind: 'ip', value: '10.67.0.0' }] });
  const later = alert({ dest_ip: address });
  await send(sender, 'eve', [later]);
  await found(analyst, nameOf(later), (e) => e.asset_id !== asset.id);
  assert.equal((await found(unit, nameOf(byAddress))).asset_id, asset.id, 'it was so at its own time');
});

test('a warning keeps the event and its owner as they were, the event shows the warning', async () => {
  const [sender, analyst, unit] = await Promise.all([machine({ n: UNIT }), signIn('analyst'), signIn('unit_filler')]);
  const address = `10.68.${Math.floor(Math.random() * 250)}.${Math.floor(Math.random() * 250) + 1}`;
  const body = { class_code: 'hardware', category_code: '01.01', name: `被告警 ${newKey()}`, addresses: [{ kind: 'ip', value: address }] };
  const { json: asset } = await unit.post('/assets', body, { expect: 201 });
  const line = alert({ dest_ip: address });
  await send(sender, 'eve', [line]);
  const event = await found(analyst, nameOf(line), (e) => e.verdict === 'owned');
  const draft = { title: '由事件生成', kind_code: 'attack', level: 3, event_id: event.id };
  const { json: warning } = await analyst.post('/warnings', draft, { expect: 201 });
  assert.equal(warning.event_id, event.id);
  assert.equal(warning.event.name, event.name);
  assert.deepEqual([warning.ownership.verdict, warning.ownership.asset_id], ['owned', asset.id]);
  assert.deepEqual(warning.targets.orgs.map((o) => o.id), [asset.org_id]);
  assert.equal((await analyst.get(`/events/${event.id}`)).json.warning_id, warning.id);
  assert.equal((await unit.get(`/events/${event.id}`)).json.warning_id, null, 'a draft is the office\'s own');
  problem(await analyst.post('/warnings', { ...draft, event_id: newKey() }, { expect: 422 }), 422, 'invalid', 'event_id');
});

test('the overview counts events and shows the latest within five seconds', async () => {
  const [sender, analyst] = await Promise.all([machine({ n: UNIT }), signIn('analyst')]);
  const line = alert();
  await send(sender, 'eve', [line]);
  await until(async () => {
    const { json } = await analyst.get('/situation/overview');
    assert.ok(json.totals.events.value > 0);
    return json.latest.find((x) => x.kind === 'event' && x.title === nameOf(line) && x.severity === 'high');
  }, { timeout: promised(8000), what: 'the event on the overview' });
});
