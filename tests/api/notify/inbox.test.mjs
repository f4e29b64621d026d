// The inbox: whose notices are whose, what is unread, and that reading is each user's own.
import { assert, before, newKey, platform, problem, signIn, test } from '../lib/harness.mjs';

const tag = newKey().slice(0, 8);
const sql = (text) => platform().sql(text);
let unit;
let colleague;
let stranger;
let ids = 0;

/** As notice_put_many writes them; the receiver is given as columns. */
async function put({ org, user, permission, title, event = 'dispatch.arrived', level = 2, at = 'UTC_TIMESTAMP(6)' }) {
  const id = `0199${tag.slice(0, 4)}-${tag.slice(4)}-7000-8000-${String(++ids).padStart(12, '0')}`;
  const q = (v) => (v ? `'${v}'` : 'NULL');
  await sql(`INSERT INTO notices (id, event, level, subject_kind, subject_id, title, facts, permission, user_id, created_at, org_id)
    VALUES ('${id}', '${event}', ${level}, 'dispatch', NULL, '${title} ${tag}', '{"number":"YJ-1"}', ${q(permission)}, ${q(user)}, ${at}, ${q(org)})`);
  return id;
}
const mine = async (who, query = {}) => (await who.get('/notices', { query: { size: 200, ...query } })).json.items.filter((n) => n.title.endsWith(tag));
const unread = async (who) => (await who.get('/notices/count')).json.unread;

before(async () => {
  unit = await signIn('unit_filler');
  colleague = await signIn('unit_reviewer');
  stranger = await signIn('analyst');
  for (const who of [unit, colleague, stranger]) while ((await who.post('/notices/read-all')).json.more);
});

test('a notice reaches who of the organisation holds the permission, and whom it names', async () => {
  const { org_id: org, id: me } = unit.user;
  await put({ org, permission: 'dispatch.handle', title: '给单位' });
  await put({ org, permission: 'audit.read', title: '给审计' });
  await put({ org, user: me, title: '给本人' });
  await put({ org: stranger.user.org_id, permission: 'dispatch.handle', title: '给别处' });
  assert.deepEqual((await mine(unit)).map((n) => n.title.split(' ')[0]), ['给本人', '给单位']);
  const same = colleague.user.org_id === org;
  assert.deepEqual((await mine(colleague)).map((n) => n.title.split(' ')[0]), same ? ['给单位'] : []);
  assert.deepEqual(await mine(stranger), [], 'nothing of a unit, and no permission of its own organisation');
  const [n] = await mine(unit);
  assert.deepEqual({ event: n.event, level: n.level, facts: n.facts, read: n.read }, { event: 'dispatch.arrived', level: 2, facts: { number: 'YJ-1' }, read: false });
});

test('one without an organisation reaches who holds the permission and sees the whole platform', async () => {
  await put({ permission: 'role.read', title: '平台', event: 'audit.broken', level: 0 });
  assert.deepEqual(await mine(unit, { event: 'audit' }), []);
  const audit = await signIn('audit_admin');
  assert.equal((await mine(audit, { event: 'audit' })).length, 1);
  assert.equal((await mine(audit, { event: 'audit.broken' }))[0].level, null);
});

test('reading one lowers the count by one, for the reader alone; its ETag answers 304', async () => {
  const [n] = await mine(unit);
  const before = await unread(unit);
  const theirs = await unread(colleague);
  const etag = (await unit.get('/notices/count')).headers.get('etag');
  assert.equal((await unit.request('GET', '/notices/count', { headers: { 'if-none-match': etag }, expect: 304 })).status, 304);
  await unit.post(`/notices/${n.id}/read`);
  await unit.post(`/notices/${n.id}/read`);
  assert.equal(await unread(unit), before - 1);
  assert.equal(await unread(colleague), theirs);
  assert.equal((await mine(unit, { unread: true })).some((x) => x.id === n.id), false);
});

test("somebody else's notice is none (Z01)", async () => {
  const id = await put({ org: unit.user.org_id, user: unit.user.id, title: '仅本人' });
  for (const who of [colleague, stranger]) problem(await who.post(`/notices/${id}/read`, undefined, { expect: 'any' }), 404, 'not_found');
});

test('reading all leaves what arrives later unread, also when its time is older than the reading', async () => {
  await unit.post('/notices/read-all');
  assert.equal(await unread(unit), 0);
  await put({ org: unit.user.org_id, user: unit.user.id, title: '迟到', at: 'UTC_TIMESTAMP(6) - INTERVAL 5 SECOND' });
  assert.equal(await unread(unit), 1);
  assert.ok((await mine(unit)).filter((n) => !n.title.startsWith('迟到')).every((n) => n.read));
});

test('pages go on behind the last row, whatever shares its moment', async () => {
  for (let i = 0; i < 5; i++) await put({ org: unit.user.org_id, user: unit.user.id, title: `同刻${i}`, event: 'task.cc', at: "'2026-01-01 00:00:00.5'" });
  const seen = [];
  for (let after, more = true; more; more = Boolean(after)) {
    const { json } = await unit.get('/notices', { query: { size: 2, event: 'task.cc', after } });
    seen.push(...json.items.map((n) => n.id));
    after = json.after;
  }
  assert.equal(new Set(seen).size, seen.length);
  assert.ok(seen.length >= 5);
  problem(await unit.get('/notices', { query: { after: '1.x' }, expect: 'any' }), 400, 'bad_parameter');
});
