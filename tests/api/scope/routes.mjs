// What the walk does with each route of the contract. A route that is said nowhere fails the walk: whoever adds one says
// in routes/<feature>.mjs how its rows belong to units: export const routes, and tables and columns where it lists rows.
//   export(body)         a job whose file holds rows: truth says which, by their column `shown`
//   ask(query)           a question about a record of the other unit: the answer must not say whose it is
//   sheet(rows)          an import whose rows name an organisation: the row of another unit must be rejected
import { readdirSync } from 'node:fs';
import { scanXml } from '../lib/nmap.mjs';
import { list, make, mine, one, open, owned, self } from './kinds.mjs';

/** Warnings: of issuers in sight, and those that have a receiver in sight. */
function warningsSeen(rows, who, { dispatches }) {
  const received = new Set(dispatches.filter((d) => who.sees.has(d.org)).map((d) => d.warning));
  return rows.filter((row) => who.sees.has(row.org) || received.has(row.id)).map((row) => row.id);
}
function ownJobs(rows, who) {
  return rows.filter((row) => row.by === who.user.id).map((row) => row.id);
}

/** Shared address spaces, and the private ones of organisations in sight. */
function spacesSeen(rows, who) {
  return rows.filter((row) => row.kind !== 'private' || who.sees.has(row.org)).map((row) => row.id);
}

/** The platform's defaults, and those of organisations in sight. */
function defaultsSeen(rows, who) {
  return rows.filter((row) => !row.org || who.sees.has(row.org)).map((row) => row.id);
}

const NOBODYS_ID = '01a20b7e-1b59-72ba-8a44-6d67e9334f25';
const asset = { version: 1, class_code: 'hardware', name: '改名' };
const org = { org_type: '01', org_level: '5', region_code: '530100' };

/** One line of Suricata about an attack on this address. */
export function alertLine(_id, tag, victim = '198.18.0.1') {
  return JSON.stringify({ timestamp: new Date().toISOString(), event_type: 'alert', src_ip: '203.0.113.9', dest_ip: victim, proto: 'TCP',
    alert: { signature: tag, signature_id: 1, category: 'test', severity: 2 } });
}

export const ROUTES = {
  'GET /users': list('users'),
  'POST /users': make((id, tag) => ({ username: `x.${tag}`, display_name: tag, org_id: id })),
  'GET /users/{id}': one('user'),
  'PUT /users/{id}': one('user', { version: 1, display_name: '改名', state: 'disabled' }),
  'PUT /users/{id}/roles': one('user', { version: 1, role_ids: [], scope_kind: 'own' }),
  'POST /users/{id}/password': one('user', {}),
  'GET /setup': open,
  'POST /setup/finish': self,
  'GET /roles': open,
  'POST /roles': open,
  'PUT /roles/{id}': open,
  'DELETE /roles/{id}': open,
  'GET /permissions': open,
  'GET /clients': list('clients'),
  'POST /clients': make((id, tag) => ({ name: tag, org_id: id, permissions: ['asset.read'] })),
  'POST /clients/{id}/revoke': one('client', {}),
  'POST /clients/{id}/rotate': one('client'),
  'GET /address-spaces': list('spaces', spacesSeen, { whole: true }),
  'GET /asset-classes': one('org', undefined, { query: (s) => ({ org: s.org.id }) }),
  'GET /assets': list('assets', owned, { search: 'asset' }),
  'GET /assets/breakdown': self, // figures of the own scope: tests/api/assets/attributes.test.mjs
  'POST /assets': make((id, tag) => ({ class_code: 'hardware', category_code: '01.01', name: tag, org_id: id })),
  'GET /assets/{id}': one('asset'),
  'PUT /assets/{id}': one('asset', asset),
  'DELETE /assets/{id}': one('asset', undefined, { query: { version: 1 } }),
  'GET /assets/{id}/history': one('asset'),
  'POST /assets/imports': { kind: 'sheet', rows: (name, tag) => ['资产名称,资产类别,所属单位', `${tag},硬件设备,${name}`] },
  'GET /assets/template': open,
  'POST /assets/exports': { kind: 'export', table: 'assets', truth: owned, shown: 'number', body: { format: 'csv' } },
  'POST /discoveries': make((_id, tag) => scanXml([{ address: '10.77.9.9', names: [`${tag}.example.cn`] }]), { type: 'application/xml', query: ({ space }) => ({ space: space.id }) }),
  'GET /discoveries/hosts': list('hosts', owned, { search: 'host' }),
  'GET /discoveries/hosts/{id}': one('host'),
  'POST /discoveries/hosts/{id}/assign': one('host', { version: 1, org_id: NOBODYS_ID, name: '抢占', reason: '抢占' }),
  'GET /dispatches': list('dispatches', owned, { search: 'dispatch' }),
  'GET /dispatches/{id}': one('dispatch'),
  'POST /dispatches/{id}/sign': one('dispatch', {}),
  'POST /dispatches/{id}/feedback': one('dispatch', { result: 'handled', text: '代填' }),
  'POST /dispatches/{id}/accept': one('dispatch', {}),
  'POST /dispatches/{id}/return': one('dispatch', { opinion: '退' }),
  'POST /dispatches/{id}/terminate': one('dispatch', { opinion: '终止' }),
  'POST /dispatches/{id}/extend': one('dispatch', { opinion: '延期', due_at: '2099-01-01T00:00:00+08:00' }),
  'POST /events': make(alertLine, { type: 'application/x-ndjson', query: ({ source }) => ({ format: 'eve', source: source.id }) }),
  'GET /events': list('events', owned, { search: 'event' }),
  'GET /events/{id}': one('event'),
  'GET /events/{id}/raw': one('event'),
  'GET /events/{id}/ownership': one('event'),
  'POST /files': mine,
  'POST /files/uploads': mine,
  'GET /files/uploads/{id}': one('upload', undefined, { unshared: true }),
  'DELETE /files/uploads/{id}': one('upload'),
  'POST /files/uploads/{id}/parts/{part}': one('upload', undefined, { part: 0 }),
  'POST /files/uploads/{id}/finish': one('upload', {}),
  'GET /files/{id}': one('file', undefined, { unshared: true }),
  'GET /session': self,
  'DELETE /session': self,
  'POST /session/password': self,
  'POST /session/otp': self,
  'PUT /session/otp': self,
  'POST /session/otp/remove': self,
  'GET /imports': list('jobs', ownJobs),
  'GET /imports/{id}': one('job'),
  'GET /imports/{id}/rows': one('job'),
  'GET /imports/{id}/problems': one('job'),
  'GET /imports/{id}/result': one('exported', undefined, { unshared: true }),
  'POST /imports/{id}/undo': one('job', {}),
  'GET /orgs': list('orgs', owned, { search: 'org' }),
  'POST /orgs': make((id, tag) => ({ parent_id: id, name: tag, ...org })),
  'GET /orgs/tree': list('orgs', owned, { whole: true }),
  'GET /orgs/{id}': one('org'),
  'PUT /orgs/{id}': one('org', { version: 1, name: '改名', ...org }),
  'DELETE /orgs/{id}': one('org'),
  'GET /ownership': { kind: 'ask', query: ({ asset }) => ({ domain: asset.domain }) },
  'GET /sector-defaults': list('defaults', defaultsSeen, { whole: true }),
  'PUT /sector-defaults/{sector}': one('org', { org_id: NOBODYS_ID }, { id: '99', query: (s) => ({ realm: s.org.id }) }),
  'DELETE /sector-defaults/{sector}': one('org', undefined, { id: '99', query: (s) => ({ realm: s.org.id, version: 1 }) }),
  'GET /people': list('people', owned, { search: 'person' }),
  'POST /people': make((id, tag) => ({ org_id: id, name: tag, duty: 'staff' })),
  'POST /people/batch': make((id, tag) => ({ items: [{ org: id, name: tag, duty: 'staff' }] })),
  'GET /people/sheet': self, // of the own scope: tests/api/http/sheets.test.mjs
  'GET /people/{id}': one('person'),
  'PUT /people/{id}': one('person', { version: 1, name: '改名', duty: 'staff' }),
  'DELETE /people/{id}': one('person'),
  'GET /people/{id}/contact': one('person'),
  'GET /regions': open,
  'GET /sectors': open,
  'GET /situation/overview': { kind: 'overview' },
  'GET /sources': list('sources'),
  'POST /sources': make((id, tag) => ({ name: tag, org_id: id, format: 'eve' })),
  'PUT /sources/{id}': one('source', { version: 1, name: '改名', format: 'eve' }),
  'GET /tasks': self,
  'GET /tasks/counts': self,
  'GET /warning-clocks': open,
  'GET /warnings': list('warnings', warningsSeen, { search: 'warning' }),
  'POST /warnings': make((id, tag) => ({ title: tag, kind_code: 'other', level: 4, targets: { orgs: [id] } })),
  'GET /warnings/{id}': one('warning'),
  'PUT /warnings/{id}': one('warning', { version: 1, title: '改名' }),
  'DELETE /warnings/{id}': one('warning'),
  'POST /warnings/{id}/submit': one('warning', {}),
  'POST /warnings/{id}/approve': one('warning', {}),
  'POST /warnings/{id}/reject': one('warning', { opinion: '退' }),
  'POST /warnings/{id}/publish': one('warning', {}),
  'POST /warnings/{id}/withdraw': one('warning', { opinion: '撤' }),
  'GET /warnings/{id}/dispatches': one('warning'),
  'GET /warnings/{id}/timeline': one('warning'),
};

/** What the truth is counted from: each table's id and owner, read as the database's owner. */
export const TABLES = {
  users: 'SELECT id, org_id FROM users',
  clients: 'SELECT id, org_id FROM clients',
  defaults: "SELECT id, COALESCE(CAST(realm_org_id AS CHAR), '') FROM sector_defaults",
  assets: 'SELECT id, org_id, asset_no FROM assets',
  dispatches: "SELECT id, org_id, warning_id, state, level, CONCAT(LEFT(region_code, 4), '00'), COALESCE(UNIX_TIMESTAMP(due_at), '') FROM dispatches",
  events: "SELECT id, COALESCE(CAST(org_id AS CHAR), '') FROM events",
  hosts: 'SELECT id, org_id FROM discovered_hosts',
  jobs: "SELECT id, COALESCE(CAST(org_id AS CHAR), ''), COALESCE(CAST(created_by AS CHAR), '') FROM jobs",
  orgs: 'SELECT id, org_id, state FROM orgs',
  people: 'SELECT id, org_id FROM people',
  sources: 'SELECT id, org_id FROM sources',
  spaces: "SELECT id, COALESCE(CAST(org_id AS CHAR), ''), kind FROM address_spaces",
  warnings: 'SELECT id, org_id, state, level FROM warnings',
};
export const COLUMNS = {
  assets: ['id', 'org', 'number'],
  dispatches: ['id', 'org', 'warning', 'state', 'level', 'prefecture', 'due'],
  jobs: ['id', 'org', 'by'],
  spaces: ['id', 'org', 'kind'],
  orgs: ['id', 'org', 'state'],
  warnings: ['id', 'org', 'state', 'level'],
};

for (const file of readdirSync(new URL('./routes/', import.meta.url))) {
  const { routes, tables = {}, columns = {} } = await import(`./routes/${file}`);
  Object.assign(ROUTES, routes);
  Object.assign(TABLES, tables);
  Object.assign(COLUMNS, columns);
}
