// Scans by API: hosts and services, whose they are, the unowned pool, refusals; on files of our own, on real ones, and on a
// scan that is made here.
import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { assert, before, jobDone, newKey, problem, signIn, test, until } from '../lib/harness.mjs';
import { SCAN_HEAD, scanXml } from '../lib/nmap.mjs';
import { ROOT } from '../lib/stack.mjs';

const CORPUS = join(process.env.TONGCHOU_CORPUS ?? join(ROOT, '../shared/corpus'), 'nmap-libnmap/libnmap/test/files');
let unit;
let other;
let office;
const random = (n) => Math.floor(Math.random() * n);
const net = `10.${random(200)}.${random(250)}`; // one that no other run has used, most likely
const publicNet = `8.${random(250) + 1}.${random(250)}`;

before(async () => {
  [unit, other, office] = await Promise.all([signIn('unit_filler'), signIn('unit_filler', { n: 2 }), signIn('analyst')]);
});

const upload = async (who, xml, query = '') => (await who.send(`/discoveries${query}`, 'application/xml', xml, { expect: 202 })).json.id;
const scan = async (who, xml, query) => jobDone(who, `/imports/${await upload(who, xml, query)}`);
const host = async (who, address) => (await who.get('/discoveries/hosts', { query: { address } })).json.items[0];
const register = async (who, addresses) => (await who.post('/assets', { class_code: 'hardware', category_code: '01.01', name: `主机 ${newKey()}`, addresses }, { expect: 201 })).json;

test('a scan becomes hosts and services; seen again they are the same', async () => {
  const address = `${net}.1`;
  const at = Math.floor(Date.now() / 1000) - 7200;
  const first = await scan(unit, scanXml([
    { address, ports: [80, 443], names: ['Www.Example-Scan.cn'], mac: 'AA:BB:CC:00:11:22', os: 'Linux 5.4', at },
    { address: `${net}.2`, state: 'down' },
    { address: `2001:db8:${random(9999)}::5`, ports: [22] },
  ]));
  assert.deepEqual([first.rows_total, first.rows_done, first.created, first.updated, first.rejected, first.partial], [3, 3, 2, 0, 0, false]);
  assert.deepEqual([first.kind, first.scan.scanner, first.scan.hosts, first.scan.hosts_up], ['discovery_import', 'nmap', 3, 2]);
  const found = await host(unit, address);
  assert.deepEqual([found.owned, found.verdict, found.service_count, found.mac, found.os], [false, 'unowned', 2, 'aa:bb:cc:00:11:22', 'Linux 5.4']);
  assert.deepEqual(found.hostnames, ['www.example-scan.cn']);
  const again = await scan(unit, scanXml([{ address, ports: [443, 8080] }]));
  assert.deepEqual([again.created, again.updated], [0, 1]);
  const { json: now } = await unit.get(`/discoveries/hosts/${found.id}`);
  assert.deepEqual(now.services.map((s) => s.port), [80, 443, 8080]);
  assert.equal(now.first_seen_at, found.first_seen_at);
  assert.ok(now.last_seen_at > found.last_seen_at);
  const [gone, kept] = now.services;
  assert.ok(gone.last_seen_at < kept.last_seen_at, 'a service that is no longer seen keeps its time');
  assert.deepEqual([kept.product, kept.version, kept.cpe], ['nginx', '1.22.1', 'cpe:/a:igor_sysoev:nginx:1.22.1']);
  // An older file does not turn the clock back.
  await scan(unit, scanXml([{ address, ports: [80], os: 'Windows', at: at - 86400 }]));
  const { json: still } = await unit.get(`/discoveries/hosts/${found.id}`);
  assert.deepEqual([still.os, still.last_seen_at, still.services[0].last_seen_at], ['Linux 5.4', now.last_seen_at, gone.last_seen_at]);
  const { json: listed } = await unit.get('/discoveries/hosts', { query: { discovery: first.id } });
  assert.equal(listed.total, 2);
  const { json: mine } = await unit.get('/imports', { query: { kind: 'discovery_import', size: 200 } });
  assert.ok(mine.items.some((j) => j.id === first.id) && mine.items.every((j) => j.kind === 'discovery_import'));
  assert.equal(mine.total, mine.items.length);
  assert.ok((await unit.get('/imports', { query: { kind: 'asset_export', size: 200 } })).json.items.every((j) => j.kind === 'asset_export'));
});

test('the unowned pool is seen by who scanned and the offices, not by other units', async () => {
  const address = `${publicNet}.1`;
  await scan(unit, scanXml([{ address, ports: [80] }]));
  const found = await host(unit, address);
  assert.equal((await host(office, address)).id, found.id);
  assert.equal(await host(other, address), undefined);
  problem(await other.get(`/discoveries/hosts/${found.id}`, { expect: 404 }), 404, 'not_found');
  const { json: pool } = await office.get('/discoveries/hosts', { query: { owned: false, address } });
  assert.equal(pool.total, 1);
  assert.equal((await office.get('/discoveries/hosts', { query: { owned: true, address } })).json.total, 0);
  // The office scans it as well: the unit still sees what it found.
  await scan(office, scanXml([{ address, ports: [80] }]));
  assert.equal((await host(unit, address)).id, found.id);
});

test('hosts are matched with the registry, and again when it changes', async () => {
  const [a, b] = [`${publicNet}.10`, `${publicNet}.11`];
  const asset = await register(unit, [{ kind: 'ip', value: a }]);
  const domain = `d${newKey().slice(0, 8)}.example-unit.cn`;
  await scan(other, scanXml([{ address: a, ports: [80] }, { address: b, ports: [80], names: [`www.${domain}`] }]));
  const matched = await host(unit, a);
  assert.deepEqual([matched.owned, matched.asset_id, matched.method], [true, asset.id, 'address']);
  assert.equal(await host(other, a), undefined, 'what belongs to another unit is its own');
  assert.equal((await unit.get(`/assets/${asset.id}`)).json.last_seen_at >= matched.last_seen_at, true);
  assert.equal((await host(other, b)).owned, false);
  const named = await register(unit, [{ kind: 'domain', value: domain }]);
  const taken = await until(async () => { const h = await host(unit, b); return h?.owned && h; }, { what: 'the host below the new domain has its owner' });
  assert.deepEqual([taken.asset_id, taken.method], [named.id, 'domain']);
  const { json: full } = await unit.get(`/discoveries/hosts/${taken.id}`);
  assert.ok(full.ownership.evidence.some((e) => e.statement === 'parent_domain_registered' && e.asset_id === named.id));
  assert.ok(full.ownership.evidence.some((e) => e.statement === 'registered_later'));
  // A range round both, of somebody else: the exact address stays, the evidence tells of it.
  await register(other, [{ kind: 'range', value: `${publicNet}.0/27` }]);
  const c = `${publicNet}.12`;
  await scan(office, scanXml([{ address: c, ports: [80] }]));
  assert.equal((await host(other, c)).method, 'range');
  assert.equal((await host(unit, a)).asset_id, asset.id);
});

test('a range that is registered reaches the hosts inside, a scan after an asset is gone brings its host back to the pool', async () => {
  const prefix = publicNet.replace(/^8/, '9');
  const addresses = Array.from({ length: 250 }, (_, i) => `${prefix}.${i + 1}`);
  const scanned = await scan(office, scanXml(addresses.map((address) => ({ address, ports: [80] }))));
  const count = async (who, owned) => (await who.get('/discoveries/hosts', { query: { discovery: scanned.id, owned } })).json.total;
  assert.equal(await count(office, false), 250);
  const asset = await register(unit, [{ kind: 'range', value: `${prefix}.10-${prefix}.230` }]);
  await until(async () => await count(unit, true) === 221, { what: 'the hosts of the range are the unit\'s' });
  assert.equal(await count(office, false), 29);
  await unit.del(`/assets/${asset.id}`, { query: { version: asset.version } });
  await scan(office, scanXml(addresses.slice(0, 20).map((address) => ({ address, ports: [80], at: Math.ceil(Date.now() / 1000) + 1 }))));
  await until(async () => await count(office, true) === 210, { what: 'those that were seen again are nobody\'s' });
});

test('an asset that is registered a moment before or during the scan is met as well', async () => {
  const seen = await Promise.all(Array.from({ length: 6 }, async (_, i) => {
    const address = `${publicNet}.${100 + i}`;
    const before = i % 2 === 0 && await register(unit, [{ kind: 'ip', value: address }]);
    const job = await upload(unit, scanXml([{ address, ports: [80] }]));
    const asset = before || await register(unit, [{ kind: 'ip', value: address }]);
    await jobDone(unit, `/imports/${job}`);
    return { address, asset };
  }));
  for (const { address, asset } of seen)
    await until(async () => (await host(unit, address)).asset_id === asset.id, { what: `${address} has its owner` });
});

test('the same private address in the spaces of two units is two hosts', async () => {
  const address = `${net}.77`;
  const [one, two] = [await register(unit, [{ kind: 'ip', value: address }]), await register(other, [{ kind: 'ip', value: address }])];
  const xml = scanXml([{ address, ports: [80] }]);
  await Promise.all([scan(unit, xml), scan(other, xml)]);
  const [a, b] = [await host(unit, address), await host(other, address)];
  assert.notEqual(a.id, b.id);
  assert.deepEqual([a.asset_id, b.asset_id], [one.id, two.id]);
  const { json: spaces } = await unit.get('/address-spaces');
  const names = spaces.items.map((s) => s.kind);
  assert.ok(names.includes('internet') && spaces.items.filter((s) => s.kind === 'private').length === 1);
  assert.ok(spaces.items.some((s) => s.id === a.space_id) && !spaces.items.some((s) => s.id === b.space_id));
  // Who sets up event sources names spaces without any right to scans.
  assert.ok((await (await signIn('system_admin')).get('/address-spaces')).json.items.some((s) => s.id === b.space_id));
  problem(await unit.send(`/discoveries?space=${b.space_id}`, 'application/xml', xml, { expect: 422 }), 422, 'invalid', 'space');
  // The office names the space that it scanned in.
  await scan(office, scanXml([{ address, ports: [8081] }]), `?space=${b.space_id}`);
  const { json: full } = await other.get(`/discoveries/hosts/${b.id}`);
  assert.deepEqual(full.services.map((s) => s.port), [80, 8081]);
});

test('an unowned host is given to a unit and becomes its asset', async () => {
  const address = `${publicNet}.50`;
  await scan(office, scanXml([{ address, ports: [443], mac: 'AA:BB:CC:00:11:23' }]));
  const found = await host(office, address);
  const body = { version: found.version, org_id: unit.user.org_id, name: `核实 ${newKey()}`, reason: '备案信息一致' };
  problem(await unit.post(`/discoveries/hosts/${found.id}/assign`, body, { expect: 403 }), 403, 'forbidden');
  problem(await office.post(`/discoveries/hosts/${found.id}/assign`, { ...body, version: found.version + 1 }, { expect: 409 }), 409, 'stale_version', 'version');
  problem(await office.post(`/discoveries/hosts/${found.id}/assign`, { ...body, category_code: '99.99' }, { expect: 422 }), 422, 'invalid', 'category_code');
  const { json: given } = await office.post(`/discoveries/hosts/${found.id}/assign`, body);
  assert.deepEqual([given.owned, given.org_id, given.asset_name], [true, unit.user.org_id, body.name]);
  const { json: asset } = await unit.get(`/assets/${given.asset_id}`);
  assert.deepEqual([asset.main_address, asset.source_code, asset.addresses.length], [address, '02', 2]);
  assert.equal((await host(unit, address)).id, found.id);
  problem(await office.post(`/discoveries/hosts/${found.id}/assign`, { ...body, version: given.version }, { expect: 409 }), 409, 'conflict');
  const { json: history } = await unit.get(`/assets/${given.asset_id}/history`);
  assert.equal(history.items.at(-1).action, 'asset.create');
});

test('what must be refused is refused, by name', async () => {
  const body = scanXml([{ address: `${net}.9` }]);
  const bomb = body.replace('<!DOCTYPE nmaprun>', '<!DOCTYPE nmaprun [<!ENTITY a "aaaa">]>');
  problem(await unit.send('/discoveries', 'application/xml', bomb, { expect: 422 }), 422, 'file_refused', 'body');
  problem(await unit.send('/discoveries', 'application/xml', body.replace('<!DOCTYPE nmaprun>', '<!DOCTYPE nmaprun []>'), { expect: 422 }), 422, 'file_refused', 'body');
  problem(await unit.send('/discoveries', 'application/xml', body.replace('</hostnames>', '</hostname>'), { expect: 400 }), 400, 'malformed', 'body');
  problem(await unit.send('/discoveries', 'application/xml', '<?xml version="1.0"?><a/>', { expect: 422 }), 422, 'file_refused', 'body');
  problem(await unit.send('/discoveries', 'application/xml', '', { expect: 400 }), 400);
  problem(await unit.upload('/discoveries', { name: 'scan.xml', content: bomb }, { expect: 422 }), 422, 'file_refused', 'file');
  problem(await unit.send('/discoveries', 'application/json', '{}', { expect: 415 }), 415);
  assert.equal(await host(unit, `${net}.9`), undefined);
  // A bare DOCTYPE with a system id is passed over and never loaded.
  const done = await scan(unit, body.replace(SCAN_HEAD, '<?xml version="1.0"?>\n<!DOCTYPE nmaprun SYSTEM "http://203.0.113.1/nmap.dtd">\n'));
  assert.equal(done.created, 1);
  // What is wrong behind the first bytes ends the job, and nothing is kept.
  const many = Array.from({ length: 3000 }, (_, i) => ({ address: `10.254.${i >> 8}.${i & 255}`, ports: [80] }));
  const late = scanXml(many).replace(/<\/nmaprun>\n$/, '</wrong>\n');
  const failed = await jobDone(unit, `/imports/${await upload(unit, late)}`, { state: 'failed' });
  assert.match(failed.error, /file: not well-formed XML \(line \d+\)/);
  assert.equal(await host(unit, many[0].address), undefined);
});

test('a file without its end counts up to the last complete host', async () => {
  const whole = scanXml([{ address: `${net}.101`, ports: [80] }, { address: `${net}.102`, ports: [80] }, { address: `${net}.103`, ports: [80] }]);
  const cut = whole.slice(0, whole.lastIndexOf('<ports>'));
  const { json } = await unit.upload('/discoveries', { name: '扫描.xml', content: cut }, { expect: 202 });
  const done = await jobDone(unit, `/imports/${json.id}`);
  assert.deepEqual([done.partial, done.created, done.rows_done, done.file_name], [true, 2, 2, '扫描.xml']);
  assert.equal(await host(unit, `${net}.103`), undefined);
});

test('real files', { skip: !existsSync(CORPUS) && `no nmap files at ${CORPUS}` }, async () => {
  for (const name of ['1_hosts_banner_ports_notsyn', 'dionaea_scan', 'extra_ports', 'os_scan6', '2_null_hosts']) {
    const xml = readFileSync(join(CORPUS, `${name}.xml`), 'utf8');
    const hosts = xml.match(/<host[ >]/g).length;
    const done = await scan(unit, xml);
    assert.deepEqual([done.rows_total, done.rows_done, done.partial], [hosts, hosts, false], name);
    const { json: list } = await office.get('/discoveries/hosts', { query: { discovery: done.id, size: 200 } });
    assert.equal(list.total, done.created + done.updated, name);
    for (const item of list.items) assert.ok(xml.includes(`addr="${item.address}"`), `${name}: ${item.address}`);
  }
  const forbidden = readFileSync(join(CORPUS, 'defused_et_local_includer.xml'), 'utf8');
  problem(await unit.send('/discoveries', 'application/xml', forbidden, { expect: 422 }), 422, 'file_refused', 'body');
});

test('a scan of the loopback range', async () => {
  const server = createServer((socket) => socket.on('error', () => {}).end('hello\n')); // a scan breaks off its connections
  await new Promise((ready) => { server.listen(0, '127.0.0.1', ready); });
  const { port } = server.address();
  try {
    const { stdout } = await promisify(execFile)('nmap', ['-n', '-sT', '-Pn', '-oX', '-', '-p', String(port), '127.0.0.1-3'], { timeout: 60_000 });
    const done = await scan(unit, stdout);
    assert.deepEqual([done.rows_total, done.scan.hosts_up, done.partial], [3, 3, false]);
    const { json: full } = await unit.get(`/discoveries/hosts/${(await host(unit, '127.0.0.1')).id}`);
    assert.ok(full.services.some((s) => s.port === port), JSON.stringify(full.services));
  } finally {
    server.close();
  }
});
