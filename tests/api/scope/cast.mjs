// Who walks: accounts that may do everything (a role with every permission of the contract) and differ only in the rows
// that they see, and the records of a unit that some of them must not see.
import { jobDone, newKey, platform, signIn, until } from '../lib/harness.mjs';
import { alertLine } from './routes.mjs';
import { scanXml } from '../lib/nmap.mjs';
import { configured } from './routes/notify.mjs';
import { flowing } from './routes/flows.mjs';
import { formed } from './routes/forms.mjs';
import { linked } from './routes/workorders.mjs';

const tag = newKey().slice(0, 8);

/** The organisations as they are, by a walk over parent_id alone: nothing that the platform stamped is believed. */
export async function readTree() {
  const rows = await platform().sql("SELECT id, COALESCE(CAST(parent_id AS CHAR), ''), name, COALESCE(sector_code, ''), region_code FROM orgs");
  const orgs = new Map(rows.map(([id, parent, name, sector, region]) => [id, { id, parent, name, sector, region }]));
  const chain = (org) => (org ? [org.id, ...chain(orgs.get(org.parent))] : []);
  const every = [...orgs.values()];
  return {
    named: (name) => every.find((o) => o.name === name),
    root: every.find((o) => !o.parent),
    parent: (org) => orgs.get(org.parent),
    get: (id) => orgs.get(id),
    below: (org) => new Set(every.filter((o) => chain(o).includes(org.id)).map((o) => o.id)),
    ofSector: (sector) => new Set(every.filter((o) => o.sector === sector).map((o) => o.id)),
    all: new Set(orgs.keys()),
  };
}

/**
 * Roles that the platform itself would not make: one with every permission of the contract, so that nothing but the scope
 * stands in the way, and one with none.
 */
async function makeRoles(security) {
  const { json } = await security.get('/permissions');
  const made = await Promise.all(['walk', 'still'].map((code) => security.post('/roles', { code: `${code}_${tag}`, label_zh: '巡查', label_en: 'Walk', permissions: [] })));
  const [role, empty] = made.map((reply) => reply.json.id);
  await platform().sql(`INSERT INTO role_permissions VALUES ${json.items.map((p) => `('${role}', '${p.permission}')`)}`);
  await platform().ctl('accept-grant', '--role', `walk_${tag}`);
  return { role, empty };
}

/** An account at org that sees the given scope, signed in. `sees` is the set of organisations in that scope. */
async function makeWalker({ system, security, role }, name, org, scope, sees, holds = role) {
  const { json: made } = await system.post('/users', { username: `${name}.${tag}`, display_name: name, org_id: org.id });
  await security.put(`/users/${made.user.id}/roles`, { version: made.user.version, role_ids: [holds], ...scope });
  // The change of a first password has tests of its own; hashing is what this file would spend its time on.
  await platform().sql(`UPDATE users SET must_change = FALSE WHERE id = '${made.user.id}'`);
  const walker = platform().client();
  await walker.signIn({ username: made.user.username, password: made.password });
  return Object.assign(walker, { name, org, sees });
}

/** {one, other, office, prefecture, sector, province}: office sees the prefecture's own rows only, `one` and `prefecture` see nothing of `other`'s unit. powerless has no permission. */
export async function makeCast() {
  const tree = await readTree();
  const [system, security] = await Promise.all([signIn('system_admin'), signIn('security_admin')]);
  const accounts = (await platform().credentials()).accounts.filter((a) => a.role === 'unit_filler').map((a) => tree.named(a.org));
  const one = accounts[0];
  const prefecture = tree.parent(one);
  const other = accounts.find((o) => tree.parent(o) !== prefecture);
  const makers = { system, security, ...await makeRoles(security) };
  return {
    tree,
    makers,
    one: await makeWalker(makers, 'one', one, { scope_kind: 'own' }, new Set([one.id])),
    other: await makeWalker(makers, 'other', other, { scope_kind: 'own' }, new Set([other.id])),
    office: await makeWalker(makers, 'office', prefecture, { scope_kind: 'own' }, new Set([prefecture.id])),
    prefecture: await makeWalker(makers, 'prefecture', prefecture, { scope_kind: 'subtree' }, tree.below(prefecture)),
    sector: await makeWalker(makers, 'sector', tree.root, { scope_kind: 'sector', scope_sector: other.sector }, tree.ofSector(other.sector)),
    province: await makeWalker(makers, 'province', tree.root, { scope_kind: 'all' }, new Set([...tree.all, 'nobody'])),
    powerless: await makeWalker(makers, 'powerless', one, { scope_kind: 'own' }, new Set([one.id]), makers.empty),
  };
}

/** One record of each kind that belongs to `other`: name -> {id, q: text by which a search finds it}. */
export async function makeSamples({ other, makers }) {
  const { json: asset } = await other.post('/assets', { class_code: 'hardware', category_code: '01.01', name: `外单位设备 ${tag}`, addresses: [{ kind: 'ip', value: '10.77.7.7' }, { kind: 'domain', value: `walk-${tag}.example.cn` }] });
  const { json: report } = await other.post('/assets', { class_code: 'hardware', name: `外单位报送 ${tag}` }, { query: { submit: true }, expect: 202 });
  const sheet = ['资产名称,资产类别,IP地址', `外单位导入 ${tag},硬件设备,10.77.7.999`].join('\n');
  const { json: job } = await other.upload('/assets/imports', { name: '外单位.csv', content: sheet });
  await jobDone(other, `/imports/${job.id}`);
  const { json: exported } = await other.post('/assets/exports', { format: 'csv' });
  await jobDone(other, `/imports/${exported.id}`);
  const { json: file } = await other.upload('/files', { name: '外单位.txt', content: `text of ${tag}` });
  const { json: upload } = await other.post('/files/uploads', { name: '外单位.zip', bytes: 5 });
  const { json: person } = await other.post('/people', { org_id: other.org.id, name: `外单位人员 ${tag}`, duty: 'staff' });
  const { json: warning } = await other.post('/warnings', { title: `外单位预警 ${tag}`, kind_code: 'other', level: 4, content: '内容', targets: { orgs: [other.org.id] } });
  const { json: client } = await makers.system.post('/clients', { name: `外单位系统 ${tag}`, org_id: other.org.id, permissions: ['asset.read'] });
  const had = (await other.get('/sector-defaults')).json.items.find((d) => d.realm_org_id === other.org.id && d.sector_code === '99');
  await other.put('/sector-defaults/99', { org_id: other.org.id, version: had?.version ?? 0 }, { query: { realm: other.org.id } });
  await other.send('/events?format=eve', 'application/x-ndjson', `${alertLine(null, `walk-${tag}`, '10.77.7.7')}\n`, { expect: 202 });
  const event = await until(async () => (await other.get('/events', { query: { q: `walk-${tag}` } })).json.items[0], { what: 'the event has its owner' });
  const stamp = `SELECT UUID(), $, org_id, org_l1, org_l2, org_l3, org_l4, org_l5, org_l6, sector_code FROM orgs WHERE id = '${other.org.id}'`;
  await platform().sql(`INSERT IGNORE INTO responsibilities (id, kind, target_org_id, valid_from, created_at, updated_at, org_id, org_l1, org_l2, org_l3, org_l4, org_l5, org_l6, sector_code) ${stamp.replace('$', "'subject', id, '2020-01-01', UTC_TIMESTAMP(6), UTC_TIMESTAMP(6)")};
    INSERT INTO management_groups (id, realm_org_id, name, by_rule, created_at, updated_at) VALUES (UUID(), '${other.org.id}', '外单位组 ${tag}', TRUE, UTC_TIMESTAMP(6), UTC_TIMESTAMP(6))`);
  await platform().sql(`INSERT INTO org_moves (id, kind, subject_id, subject_name, sector_code, state, units, job_id, created_at) VALUES (UUID(), 'sector', '${other.org.id}', '外单位', '01', 'done', 1, UUID(), UTC_TIMESTAMP(6))`);
  const place = `org_id, org_l1, org_l2, org_l3, org_l4, org_l5, org_l6, sector_code`;
  await platform().sql(`INSERT IGNORE INTO address_pools (id, space_id, lo, hi, name, created_at, updated_at, ${place}) SELECT UUID(), s.id, UNHEX('00000000000000000000FFFF0A4D0000'), UNHEX('00000000000000000000FFFF0A4D00FF'), '外单位段', UTC_TIMESTAMP(6), UTC_TIMESTAMP(6), o.id, o.org_l1, o.org_l2, o.org_l3, o.org_l4, o.org_l5, o.org_l6, o.sector_code FROM orgs o JOIN address_spaces s ON s.org_id = o.id WHERE o.id = '${other.org.id}' LIMIT 1;
    INSERT IGNORE INTO pool_news (id, space_id, lo, hi, addresses, first_seen_at, seen_at, ${place}) SELECT UUID(), s.id, UNHEX('00000000000000000000FFFF0A4E0000'), UNHEX('00000000000000000000FFFF0A4E00FF'), 1, UTC_TIMESTAMP(6), UTC_TIMESTAMP(6), o.id, o.org_l1, o.org_l2, o.org_l3, o.org_l4, o.org_l5, o.org_l6, o.sector_code FROM orgs o JOIN address_spaces s ON s.org_id = o.id WHERE o.id = '${other.org.id}' LIMIT 1`);
  const [[pool], [news], [responsibility], [group], [move]] = await platform().sql(`SELECT id FROM address_pools WHERE org_id = '${other.org.id}' LIMIT 1; SELECT id FROM pool_news WHERE org_id = '${other.org.id}' LIMIT 1; SELECT id FROM responsibilities WHERE org_id = '${other.org.id}' LIMIT 1; SELECT id FROM management_groups WHERE realm_org_id = '${other.org.id}' LIMIT 1; SELECT id FROM org_moves WHERE subject_id = '${other.org.id}' LIMIT 1`);
  const scanned = `walk-${tag}.scan.example.cn`;
  const { json: scan } = await other.send('/discoveries', 'application/xml', scanXml([{ address: '10.77.7.7', ports: [443], names: [scanned] }]));
  await jobDone(other, `/imports/${scan.id}`);
  const { items: [host] } = (await other.get('/discoveries/hosts', { query: { discovery: scan.id } })).json;
  const { items: spaces } = (await other.get('/address-spaces')).json;
  const dispatch = await until(async () => (await other.get('/dispatches', { query: { org: other.org.id, size: 1 } })).json.items[0], { what: 'the unit has a dispatch' });
  return {
    asset_change: { id: report.id },
    pool: { id: pool },
    news: { id: news },
    asset: { id: asset.id, q: asset.name, domain: `walk-${tag}.example.cn` },
    job: { id: job.id },
    exported: { id: exported.id },
    file: { id: file.id },
    upload: { id: upload.id },
    person: { id: person.id, q: person.name },
    warning: { id: warning.id, q: warning.title },
    client: { id: client.client_id },
    event: { id: event.id, q: event.name },
    host: { id: host.id, q: scanned },
    space: { id: spaces.find((s) => s.org_id === other.org.id).id },
    source: { id: event.source_id },
    responsibility: { id: responsibility },
    group: { id: group },
    move: { id: move },
    dispatch: { id: dispatch.id, q: other.org.name },
    audit: { id: (await platform().sql(`SELECT id FROM audit_log WHERE org_id = '${other.org.id}' LIMIT 1`))[0][0] },
    user: { id: other.user.id, q: other.user.username },
    org: { id: other.org.id, q: other.org.name },
    configured: await configured(other, warning.id, tag),
    form: await formed(other, warning.id, tag),
    ...await flowing(other, warning.id, tag),
    ...await linked(other, dispatch.id),
  };
}
