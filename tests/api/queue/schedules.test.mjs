// What the platform starts by itself: the expression, the next times, and that each time starts one job.
import { after, assert, before, jobDone, platform, problem, signIn, test, until } from '../lib/harness.mjs';

const any = { expect: 'any' };
const NAME = 'audit_verification';
let admin;
const schedule = async () => (await admin.get('/schedules')).json.items.find((s) => s.name === NAME);
const set = async (changes, options) => {
  const { version, cron, enabled } = await schedule();
  return admin.put(`/schedules/${NAME}`, { version, cron, enabled, ...changes }, options);
};
const runs = async () => (await platform().sql(`SELECT id FROM jobs WHERE kind = '${NAME}' AND created_by IS NULL`)).map(([id]) => id);
const due = () => platform().sql(`UPDATE schedules SET next_at = UTC_TIMESTAMP(6) - INTERVAL 3 DAY WHERE name = '${NAME}'`);

before(async () => {
  admin = await signIn('system_admin');
  await until(schedule, { what: 'a worker has made the schedule known' });
});
after(() => set({ cron: '30 2 * * *', enabled: true }));

test('it shows the next times in the zone of the platform, and takes another expression', async () => {
  await set({ cron: '15 4 * * *', enabled: true });
  const s = await schedule();
  assert.deepEqual([s.cron, s.shipped, s.enabled, s.next.length], ['15 4 * * *', '30 2 * * *', true, 5]);
  for (const at of s.next) assert.match(at, /T04:15:00\.000\+08:00$/);
  assert.equal(new Date(s.next[1]) - new Date(s.next[0]), 86_400_000);
  assert.equal(s.changed_by_name, admin.user.name);
  const [[row]] = await platform().sql("SELECT CONCAT(before_json, after_json) FROM audit_log WHERE action = 'schedule.change' ORDER BY at DESC LIMIT 1");
  assert.match(row, /30 2 \* \* \*.*15 4 \* \* \*/);
});

test('what is no expression, an unknown name, a stale version and the wrong person are refused', async () => {
  for (const cron of ['61 2 * * *', '0 0 31 2 *', '@daily    ', '0 0 * * * *']) problem(await set({ cron }, any), 422, 'invalid', 'cron');
  problem(await set({ version: 9999 }, any), 409, 'stale_version');
  problem(await admin.put('/schedules/moon', { version: 1, cron: '0 0 * * *', enabled: true }, any), 404, 'not_found');
  problem(await admin.post('/schedules/moon/runs', undefined, any), 404, 'not_found');
  for (const role of ['security_admin', 'analyst', 'unit_filler']) problem(await (await signIn(role)).get('/schedules', any), 403, 'forbidden');
});

test('a time that was missed for days starts one job, which ends; one that is off starts none', async () => {
  const were = await runs();
  await due();
  const made = await until(async () => { const now = (await runs()).filter((id) => !were.includes(id)); return now.length && now; }, { what: 'the job is put' });
  assert.equal(made.length, 1);
  const done = await until(async () => { const s = await schedule(); return s.job_id === made[0] && s.job_state === 'done' && s; }, { what: 'the job has ended' });
  assert.ok(new Date(done.next[0]) > new Date(), 'the next time is to come');
  await set({ enabled: false });
  assert.deepEqual((await schedule()).next, []);
  await due();
  // The clerk looks at all schedules in one round: another one's round has passed when its lease was renewed twice.
  const round = async () => (await platform().sql("SELECT until_at FROM leases WHERE name = 'schedules'"))[0][0];
  for (let i = 0, was = await round(); i < 2; i++) was = await until(async () => { const now = await round(); return now !== was && now; }, { what: 'the next round' });
  assert.equal((await runs()).length, were.length + 1);
  await set({ enabled: true });
});

test('it can be started by hand, and says who did', async () => {
  const { json: { id } } = await admin.post(`/schedules/${NAME}/runs`);
  const job = await until(async () => (await admin.get('/jobs', { query: { kind: NAME, state: 'done' } })).json.items.find((j) => j.id === id), { what: 'it is done' });
  assert.equal(job.created_by, admin.user.name);
});
