// The working calendar: days of the platform and of sub-systems, and the deadlines that follow.
import { assert, before, newKey, problem, signIn, test } from '../lib/harness.mjs';
import { makeAccount } from '../lib/accounts.mjs';
import { inTurn, step } from './draw.mjs';

const any = { expect: 'any' };
const dayOf = (t) => new Date(t + 8 * 3600e3).toISOString().slice(0, 10);
let system, office;
before(async () => {
  system = await signIn('system_admin');
  const { json: root } = await system.get(`/orgs/${system.user.org_id}`);
  office = (await system.post('/orgs', { name: `日历办 ${newKey()}`, region_code: root.region_code, org_level: root.org_level, org_type: '99', parent_id: root.id })).json;
  await system.put(`/realms/${office.id}`, { active: true, version: office.version });
});

test('the year’s holidays and make-up days are there, and a sub-system’s own go before them', async () => {
  const { items } = (await system.get('/calendar', { query: { year: 2026 } })).json;
  const national = items.find((d) => d.day === '2026-10-01' && !d.realm_org_id);
  assert.equal(national.working, false);
  assert.ok(items.some((d) => d.working && [0, 6].includes(new Date(d.day).getUTCDay())), 'some weekend is worked');
  problem(await system.put('/calendar', { days: [{ day: '2026-02-30', working: false }] }, any), 422, 'invalid');
  problem(await system.put('/calendar', { realm: '01890a5d-ac96-774b-bcce-b302099a8001', days: [{ day: '2026-02-03', working: false }] }, any), 404, 'not_found');
  problem(await (await signIn('analyst')).put('/calendar', { days: [{ day: '2026-02-03', working: false }] }, any), 403, 'forbidden');
});

test('a deadline in working days passes over what the sub-system does not work', async () => {
  const make = async (role) => signIn(await makeAccount(role, { scope: 'subtree', org: office.id }));
  const [analyst, leader] = await Promise.all([make('analyst'), make('leader')]);
  const { json: f } = await system.post('/flows', { realm: office.id, kind: 'warning_approval', name: 'x', xml: inTurn([['a', step('a', '甲', 'tc:due="PT8H30M"')]]) });
  await system.post(`/flows/${f.id}/publish`, { version: f.version });
  const due = async () => {
    const { json: w } = await analyst.post('/warnings', { title: `日历 ${newKey()}`, kind_code: 'other', level: 3, content: 'x', targets: { orgs: [office.id], regions: [], sectors: [] } });
    await analyst.post(`/warnings/${w.id}/submit`, {});
    return Date.parse((await leader.get('/flow-instances', { query: { kind: 'warning_approval', subject: w.id } })).json.seats[0].due_at);
  };
  const days = Array.from({ length: 60 }, (_, i) => dayOf(Date.now() + i * 86400e3));
  await system.put('/calendar', { realm: office.id, days: days.map((day, i) => ({ day, working: i >= 40, label: '停工' })) });
  const far = await due();
  assert.ok(far > Date.now() + 39 * 86400e3, 'nothing is worked for forty days');
  await system.put('/calendar', { realm: office.id, days: days.map((day) => ({ day, working: true })) });
  assert.ok(await due() < Date.now() + 3 * 86400e3, 'every day is worked');
  await system.put('/calendar', { realm: office.id, days: days.map((day) => ({ day, working: null })) });
  assert.deepEqual((await system.get('/calendar', { query: { year: Number(days[0].slice(0, 4)) } })).json.items.filter((d) => d.realm_org_id === office.id), []);
});
