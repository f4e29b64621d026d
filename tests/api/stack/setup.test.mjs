// An empty platform over TLS: its audit trail, and its first day, when three administrators are made and the set-up
// administrator goes.
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { auditTrail, beginTrail } from '../audit/trail.mjs';
import { freshPassword } from '../lib/accounts.mjs';
import { after, assert, before, newStack, problem, promised, test, until } from '../lib/harness.mjs';

let stack;
let folder;
const trust = process.env.NODE_TLS_REJECT_UNAUTHORIZED;
before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tongchou-tls-'));
  execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2', '-subj', '/CN=127.0.0.1',
    '-addext', 'subjectAltName=IP:127.0.0.1', '-keyout', join(folder, 'tls.key'), '-out', join(folder, 'tls.crt')], { stdio: 'ignore' });
  for (const name of ['', 'tls.key', 'tls.crt']) chmodSync(join(folder, name), 0o755);
  stack = await newStack({ DEMO: '0', WORKERS: '1', API_CHILDREN: '1', SLOW_CHILDREN: '1', TLS_CERT: join(folder, 'tls.crt'), TLS_KEY: join(folder, 'tls.key') });
  stack.base = stack.base.replace('http:', 'https:');
  process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0'; // the certificate is this test's own
  await stack.up();
  await beginTrail(stack);
});
after(async () => {
  await stack?.remove();
  rmSync(folder, { recursive: true, force: true });
  if (trust === undefined) delete process.env.NODE_TLS_REJECT_UNAUTHORIZED;
  else process.env.NODE_TLS_REJECT_UNAUTHORIZED = trust;
});

auditTrail();

test('under TLS the cookie is Secure, HSTS is sent, old versions and plain http are refused', async () => {
  const client = stack.client();
  const reply = await client.signIn(await stack.account('setup_admin'));
  assert.match(reply.headers.getSetCookie()[0], /^tc_[0-9a-f]{8}=.*; HttpOnly; SameSite=Strict;.*; Secure$/);
  for (const path of ['//', '/session', '//nothing.js']) assert.match((await client.get(path, { expect: 'any' })).headers.get('strict-transport-security'), /max-age=\d{7,}/, path);
  const { host } = new URL(stack.base);
  problem(await client.del('/session', { headers: { Origin: `http://${host}` }, expect: 403 }), 403, 'csrf', 'Origin');
  assert.equal((await client.get('/session')).status, 200);
  const plain = await fetch(`http://${host}/api/v1/session`);
  assert.equal(plain.status, 400);
  const old = (version) => {
    try {
      return execFileSync('openssl', ['s_client', '-connect', host, version], { input: '', stdio: ['pipe', 'pipe', 'ignore'], timeout: 10_000 }).toString();
    } catch (error) {
      return String(error.stdout);
    }
  };
  assert.doesNotMatch(old('-tls1_1'), /Cipher is (?!\(NONE\))/);
  assert.match(old('-tls1_2'), /Cipher is ECDHE/);
});

async function disable(system, { user }) {
  const { json } = await system.get(`/users/${user.id}`);
  return system.put(`/users/${user.id}`, { version: json.version, display_name: json.display_name, state: 'disabled' }, { expect: 'any' });
}

test('three administrators are made, then the set-up administrator is disabled', async () => {
  const first = await stack.signIn('setup_admin');
  assert.equal(first.user.must_change_password, true, 'the page asks for another password; scripts go on with this one');
  const roles = (await first.get('/roles')).json.items;
  const people = {};
  problem(await first.post('/setup/finish', undefined, { expect: 409 }), 409, 'conflict');
  for (const code of ['system_admin', 'security_admin', 'audit_admin']) {
    const { json } = await first.post('/users', { username: code.replace('_', '.'), display_name: code, org_id: first.user.org_id });
    await first.put(`/users/${json.user.id}/roles`, { version: json.user.version, role_ids: [roles.find((r) => r.code === code).id], scope_kind: 'all' });
    const password = freshPassword();
    const fresh = stack.client();
    await fresh.signIn({ username: json.user.username, password: json.password });
    const made = () => first.get('/setup').then(({ json: { items } }) => items.find((a) => a.username === json.user.username));
    assert.equal((await made()).ready, false);
    await fresh.post('/session/password', { old_password: json.password, new_password: password });
    const { json: goesOn } = await fresh.get('/session');
    assert.equal(goesOn.user.must_change_password, false);
    assert.equal(goesOn.user.last_login_from, '127.0.0.1');
    assert.equal((await made()).ready, true);
    if (people.system_admin && code !== 'audit_admin') problem(await disable(people.system_admin, first), 409, 'conflict');
    people[code] = await stack.signIn({ username: json.user.username, password });
  }
  const second = stack.client();
  await second.signIn(JSON.parse(await stack.ctl('create-admin', '--username', 'second')));
  await second.post('/setup/finish');
  await until(async () => (await second.get('/session', { expect: 'any' })).status === 401, { timeout: promised(2500), what: 'who has finished is out' });
  assert.equal((await disable(people.system_admin, first)).status, 200);
  await until(async () => (await first.get('/session', { expect: 'any' })).status === 401, { timeout: promised(2500), what: 'the set-up administrator is out' });
  problem(await stack.client().signIn(await stack.account('setup_admin'), { expect: 401 }), 401, 'bad_credentials');

  // A shipped role: what a site takes away stays away, what a later version brings comes.
  const security = people.security_admin;
  const role = (await security.get('/roles')).json.items.find((r) => r.code === 'analyst');
  const { version, label_zh, label_en, permissions } = role;
  await security.put(`/roles/${role.id}`, { version, label_zh, label_en, permissions: permissions.filter((p) => !['event.raw', 'warning.draft'].includes(p)) });
  await stack.sql(`DELETE FROM role_offers WHERE role_id = '${role.id}' AND permission = 'warning.draft'`);
  await stack.ctl('seed');
  const now = (await security.get('/roles')).json.items.find((r) => r.code === 'analyst').permissions;
  assert.ok(now.includes('warning.draft') && !now.includes('event.raw'), now.join());
});

test('events, their lines and their keys are kept as long as they may be asked for', async () => {
  const day = (ago) => new Date(Date.now() - ago * 86_400_000).toISOString().slice(0, 10);
  const [[bound]] = await stack.sql("SELECT TRIM(BOTH '''' FROM partition_description) FROM information_schema.partitions WHERE table_schema = DATABASE() AND table_name = 'events' ORDER BY partition_ordinal_position LIMIT 1");
  const [[first]] = await stack.sql("SELECT partition_name FROM information_schema.partitions WHERE table_schema = DATABASE() AND table_name = 'events' ORDER BY partition_ordinal_position LIMIT 1");
  await stack.sql(`ALTER TABLE events REORGANIZE PARTITION ${first} INTO (PARTITION p20230101 VALUES LESS THAN ('2023-02-01'), PARTITION p20230201 VALUES LESS THAN ('${bound}'))`);
  const format = { eve: 0, hisec: 1 };
  // name: [event's day or none, format, status, batch's id by the day of its reception, kept to, key's days since it was seen]
  const rows = {
    gone: ['2023-01-15', format.eve, null, '01859c00', null, 30],
    ahead: [day(1), format.eve, null, '01859d00', day(1), 1],
    old: [day(100), format.eve, null, '019a0000', null, 100],
    open: [day(100), format.hisec, 'open', '019a0001', null, 100],
    closed: [day(100), format.hisec, 'closed', '019a0002', null, 100],
    parked: [null, format.hisec, null, '019a0003', null, 100],
    waiting: [null, format.hisec, null, '019a0004', null, 10],
  };
  for (const [name, [of, kind, status, batch, keptTo, seen]] of Object.entries(rows)) {
    const id = `${batch}-0000-7000-8000-000000000001`;
    const text = (value) => (value === null ? 'NULL' : `'${value}'`);
    await stack.sql(`INSERT INTO event_batches (id, source_id, principal, format, received_at, line_count, byte_count, body, kept_to) VALUES ('${id}', UUID(), UUID(), ${kind}, UTC_TIMESTAMP(6), 1, 1, '', ${text(keptTo)});
      INSERT INTO event_keys (dedup_key, event_id, day, seen_on) VALUES (UNHEX(MD5('${name}')), ${of ? `'${id}'` : 'NULL'}, ${text(of)}, UTC_DATE() - INTERVAL ${seen} DAY)`);
    if (of) await stack.sql(`INSERT INTO events (id, day, occurred_at, received_at, source_id, batch_id, line_no, format, severity, name, status, verdict, method, confidence) VALUES ('${id}', '${of}', '${of}', '${of}', UUID(), '${id}', 0, ${kind}, 1, '${name}', ${text(status)}, 0, 0, 0)`);
  }
  await stack.ctl('retention');
  const names = async (query) => (await stack.sql(query)).flat().sort();
  assert.deepEqual(await names('SELECT name FROM events'), ['ahead', 'closed', 'old', 'open']);
  const left = await names('SELECT LEFT(id, 8) FROM event_batches');
  assert.deepEqual(Object.keys(rows).filter((name) => !left.includes(rows[name][3])), ['gone'], 'the others have events, or are young');
  const keys = await names('SELECT HEX(dedup_key) FROM event_keys');
  const known = Object.fromEntries(await stack.sql(Object.keys(rows).map((name) => `SELECT UPPER(MD5('${name}')), '${name}'`).join(' UNION ALL ')));
  assert.deepEqual(keys.map((k) => known[k]).sort(), ['ahead', 'gone', 'open', 'waiting'], 'by the day when they were first seen, and for what is open longer');
});

test('files that no record took are gone after a day, bytes and all', async () => {
  await stack.sql("INSERT INTO files (id, sha256, bytes, name, media_type, use_kind, created_at, org_id) SELECT UUID(), UNHEX(SHA2('x', 256)), 1, 'x', 'text/plain', 'attachment', "
    + 'UTC_TIMESTAMP(6) - INTERVAL 25 HOUR, id FROM orgs LIMIT 1');
  await stack.sql("INSERT INTO files (id, sha256, bytes, name, media_type, use_kind, created_at, org_id) SELECT UUID(), UNHEX(SHA2('y', 256)), 1, 'y', 'text/plain', 'attachment', "
    + 'UTC_TIMESTAMP(6) - INTERVAL 23 HOUR, id FROM orgs LIMIT 1');
  // The worker that swept last keeps the duty for ten minutes.
  await stack.stop('worker-1');
  await stack.sql("UPDATE leases SET until_at = UTC_TIMESTAMP(6) WHERE name = 'file_orphans'");
  await stack.start('worker-1');
  await until(async () => (await stack.sql('SELECT name FROM files')).flat().join() === 'y', { what: 'only the younger one is left' });
});
