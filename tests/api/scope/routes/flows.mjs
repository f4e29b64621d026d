import { inherited, list, one, open } from '../kinds.mjs';
import { platform } from '../../lib/harness.mjs';

const xml = '<definitions/>';
const NO_REALM = '01a20b7e-1b59-72ba-8a44-6d67e9334f26';
const opinion = 'x';
const task = (body) => one('step', body);

export const routes = {
  'GET /flows/kinds': open,
  'POST /flows/check': open,
  'GET /flows': list('flows', inherited, { whole: true }),
  'POST /flows': one('org', { realm: NO_REALM, kind: 'warning_approval', name: 'x', xml }),
  'GET /flows/{id}': one('flow'),
  'PUT /flows/{id}': one('flow', { version: 1, name: 'x' }),
  'DELETE /flows/{id}': one('flow', undefined, { query: { version: 1 } }),
  'POST /flows/{id}/publish': one('flow', { version: 1 }),
  'POST /flows/{id}/retire': one('flow', { version: 1 }),
  'GET /flows/{id}/versions': one('flow'),
  'GET /flows/{id}/versions/{n}': one('flow'),
  'GET /flow-instances': one('run', undefined, { query: (s) => ({ kind: 'warning_approval', subject: s.run.subject }) }),
  'POST /flow-instances/{id}/withdraw': one('run', {}),
  'POST /flow-instances/{id}/terminate': one('run', { opinion }),
  'POST /flow-instances/{id}/pause': one('run', {}),
  'POST /flow-instances/{id}/resume': one('run', {}),
  'GET /tasks/{id}/candidates': task(),
  'POST /tasks/{id}/complete': task({ outcome: 'approve' }),
  'POST /tasks/{id}/return': task({ node: 'a', opinion }),
  'POST /tasks/{id}/transfer': task({ user_id: NO_REALM }),
  'POST /tasks/{id}/delegate': task({ user_id: NO_REALM }),
  'POST /tasks/{id}/add-signer': task({ user_id: NO_REALM }),
  'POST /tasks/{id}/remove-signer': task({ user_id: NO_REALM }),
  'POST /tasks/{id}/extend': task({ due_at: '2027-01-01T00:00:00Z', opinion }),
  'POST /tasks/{id}/extend-decide': task({ grant: true }),
  'POST /tasks/{id}/urge': task({}),
  'GET /calendar': list('calendar', inherited, { whole: true, query: { year: 2031 }, rowId: (row) => `${row.realm_org_id ?? ''}/${row.day}` }),
  'PUT /calendar': one('org', { realm: NO_REALM, days: [{ day: '2031-05-01', working: false }] }),
  'POST /tasks/{id}/cc': task({ user_ids: [NO_REALM] }),
};
export const tables = {
  flows: "SELECT id, COALESCE(CAST(realm_org_id AS CHAR), '') FROM flows",
  calendar: "SELECT CONCAT(COALESCE(CAST(realm_org_id AS CHAR), ''), '/', day), COALESCE(CAST(realm_org_id AS CHAR), '') FROM calendar_days WHERE YEAR(day) = 2031",
};

/** A flow of the unit, and a warning of it that waits for approval: the run and its open step. */
export async function flowing(other, id, tag) {
  await platform().sql(`INSERT INTO flows (id, realm_org_id, kind, name, state, n, created_at, updated_at) VALUES ('${id}', '${other.org.id}', 'walk', '${tag}', 'retired', 1, UTC_TIMESTAMP(6), UTC_TIMESTAMP(6));
    INSERT INTO flow_versions (flow_id, n, xml, published_at) VALUES ('${id}', 1, '${xml}', UTC_TIMESTAMP(6));
    INSERT IGNORE INTO calendar_days (realm_org_id, day, working, label_zh, label_en) VALUES ('${other.org.id}', '2031-05-01', FALSE, 'x', 'x')`);
  const { json: w } = await other.post('/warnings', { title: `外单位待审 ${tag}`, kind_code: 'other', level: 4, content: '内容', targets: { orgs: [other.org.id] } });
  await other.post(`/warnings/${w.id}/submit`, {});
  const { json: run } = await other.get('/flow-instances', { query: { kind: 'warning_approval', subject: w.id } });
  return { flow: { id }, run: { id: run.id, subject: w.id }, step: { id: run.seats[0].task_id } };
}
