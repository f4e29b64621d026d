// Whoever has a to-do is told when its deadline is near and when it has passed, once each; a new deadline counts anew.
import { assert, newKey, platform, signIn, test, until } from '../lib/harness.mjs';

test('near and missed deadlines become notices, each once', async () => {
  const [analyst, leader] = await Promise.all([signIn('analyst'), signIn('leader')]);
  const title = `限期预警 ${newKey()}`;
  const { json: w } = await analyst.post('/warnings', { title, kind_code: 'other', level: 2, content: 'x', targets: { orgs: [analyst.user.org_id], regions: [], sectors: [] } });
  await analyst.post(`/warnings/${w.id}/submit`, {});
  const told = async (who) => (await who.get('/notices', { query: { size: 200 } })).json.items.filter((n) => n.title === title && /due_soon|overdue/.test(n.event)).map((n) => n.event).reverse();
  const move = (opened, due) => platform().sql(`UPDATE tasks SET opened_at = UTC_TIMESTAMP(6) - INTERVAL ${opened} MINUTE, due_at = UTC_TIMESTAMP(6) + INTERVAL ${due} MINUTE WHERE subject_id = '${w.id}' AND state = 'open'`);
  await move(100, 10);
  await until(async () => (await told(leader)).length === 1, { what: 'the deadline is near' });
  await move(100, -1);
  await until(async () => (await told(leader)).length === 2, { what: 'the deadline has passed' });
  assert.deepEqual(await told(leader), ['task.due_soon', 'task.overdue']);
  assert.deepEqual(await told(analyst), [], 'it is not theirs to do');
  const [[marks]] = await platform().sql(`SELECT told FROM tasks WHERE subject_id = '${w.id}' AND state = 'open'`);
  assert.equal(marks, '2');
  await analyst.post(`/warnings/${w.id}/withdraw`, { opinion: 'x' });
});
