// The trail as the auditor reads it: found by its fields, page after page, inside the scope; and verified as a job.
import { makeAccount } from '../lib/accounts.mjs';
import { assert, before, newKey, platform, problem, signIn, test, until } from '../lib/harness.mjs';

const tag = newKey().slice(0, 8);
let auditor;
let unit;
let asset;
before(async () => {
  auditor = await signIn('audit_admin');
  unit = await signIn('unit_filler');
  asset = (await unit.post('/assets', { class_code: 'hardware', category_code: '01.01', name: `审计 ${tag}` })).json;
  asset = (await unit.put(`/assets/${asset.id}`, { class_code: 'hardware', category_code: '01.01', name: `审计改名 ${tag}`, version: asset.version })).json;
});
const trail = async (query, who = auditor) => (await who.get('/audit', { query })).json;

test('a row tells who, from where, what, and the record before and after (A03)', async () => {
  const { items } = await trail({ subject: asset.id });
  assert.deepEqual(items.map((r) => r.action), ['asset.update', 'asset.create']);
  const [row] = items;
  assert.deepEqual([row.username, row.result, row.subject_kind, row.subject_id, row.before], [unit.user.username, 'ok', 'asset', asset.id, undefined]);
  assert.match(row.address, /^127\.0\.0\.1$|^::1$/);
  const { json: whole } = await auditor.get(`/audit/${row.id}`);
  assert.deepEqual([whole.before.name, whole.after.name], [`审计 ${tag}`, `审计改名 ${tag}`]);
  assert.match(whole.segment, /^[0-9a-f-]{36}$/);
});

test('pages follow each other without gap or repetition', async () => {
  const query = { user: unit.user.username };
  const whole = (await trail({ ...query, size: 200 })).items.map((r) => r.id);
  const parts = [];
  for (let next, rounds = 0; rounds < 100; rounds++) {
    const page = await trail({ ...query, size: 2, ...(next ? { after: next } : {}) });
    parts.push(...page.items.map((r) => r.id));
    next = page.next;
    if (!next || parts.length >= whole.length) break;
  }
  assert.deepEqual(parts.slice(0, whole.length), whole);
});

test('filters: account, action by its beginning, refusals, request', async () => {
  for (const r of (await trail({ action: 'asset.' })).items) assert.match(r.action, /^asset\./);
  const other = platform().client();
  await other.signIn({ username: unit.user.username, password: 'wrong password' }).catch(() => {});
  const { items } = await until(async () => { const page = await trail({ failed: true }); return page.items.length && page; }, { what: 'the failed sign-in is in the trail' });
  assert.ok(items.every((r) => r.result !== 'ok'));
  const [{ request_id: request }] = (await trail({ subject: asset.id })).items;
  assert.ok((await trail({ request_id: request })).items.every((r) => r.request_id === request));
  assert.deepEqual((await trail({ user: 'nobody.such' })).items, []);
});

test('what cannot be asked is refused', async () => {
  const refused = async (query, status) => problem(await auditor.get('/audit', { query, expect: 'any' }), status);
  await refused({ from: '2026-01-01T00:00:00Z', to: '2025-01-01T00:00:00Z' }, 422);
  await refused({ from: '2025-01-01T00:00:00Z', to: '2026-01-01T00:00:00Z' }, 422);
  await refused({ after: 'x' }, 400);
  await refused({ action: "a' OR 1=1" }, 400);
  await refused({ address: '999.1.1.1' }, 400);
});

test('only the auditor reads it, and each sees the rows of its scope', async () => {
  for (const role of ['system_admin', 'security_admin', 'leader', 'unit_filler']) problem(await (await signIn(role)).get('/audit', { expect: 'any' }), 403, 'forbidden');
});

test('the whole trail is verified as a job, and its state tells the result (A01)', async () => {
  await auditor.post('/audit/verifications');
  const { verification, sealed_at: sealed } = await until(async () => {
    const { json } = await auditor.get('/audit/status');
    return ['done', 'failed'].includes(json.verification?.state) && json;
  }, { timeout: 60_000, what: 'the verification ends' });
  assert.equal(verification.state, 'done', JSON.stringify(verification));
  assert.ok(verification.report.rows > 0);
  assert.ok(sealed);
});

test('what the list shows goes into a file, which only whoever asked may fetch', async () => {
  const [from, to] = [new Date(Date.now() - 86400e3).toISOString(), new Date(Date.now() + 1000).toISOString()];
  const shown = (await trail({ subject: asset.id, from, to })).items;
  for (const format of ['csv', 'xlsx']) {
    const { json: { id } } = await auditor.post('/audit/exports', { format, from, to, subject: asset.id }, { expect: 202 });
    const done = await until(async () => { const { json } = await auditor.get(`/audit/exports/${id}`); return json.state === 'done' && json; }, { what: 'the export is done' });
    assert.equal(done.rows_done, shown.length);
    const file = await auditor.get(`/audit/exports/${id}/file`);
    if (format === 'csv') {
      const lines = file.text.trim().split(/\r?\n/);
      assert.deepEqual(lines.slice(1).map((line) => line.split(',')[1]), shown.map((r) => r.action));
      assert.ok(lines[1].includes(unit.user.username) && lines[1].includes(asset.id));
    } else assert.match(file.headers.get('content-type'), /spreadsheetml/);
    const other = await signIn(await makeAccount('audit_admin', { scope: 'all' }));
    problem(await other.get(`/audit/exports/${id}`, { expect: 'any' }), 404, 'not_found');
    problem(await other.get(`/audit/exports/${id}/file`, { expect: 'any' }), 404, 'not_found');
    assert.ok((await trail({ subject: id })).items.some((r) => r.action === 'audit.export'), 'the export itself is in the trail');
  }
  problem(await unit.post('/audit/exports', { format: 'csv', from, to }, { expect: 'any' }), 403, 'forbidden');
  problem(await auditor.post('/audit/exports', { format: 'csv', from: to, to: from }, { expect: 'any' }), 422, 'invalid', 'to');
  problem(await auditor.post('/audit/exports', { format: 'csv', from: '2020-01-01T00:00:00Z', to }, { expect: 'any' }), 422, 'invalid', 'from');
});
