// Fifty people press the same button at once: one of them did it, the others are told so.
import { assert, newKey, signIn, test, until } from '../lib/harness.mjs';

const AT_ONCE = 50;

async function oneWins(who, path, body) {
  const replies = await Promise.all(Array.from({ length: AT_ONCE }, () => who.post(path, body, { key: newKey(), expect: 'any' })));
  const won = replies.filter((r) => r.status < 300);
  assert.equal(won.length, 1, `${path}: ${replies.map((r) => r.status)}`);
  for (const r of replies) if (r !== won[0]) assert.equal(r.status, 409, `${path}: ${r.text}`);
  return won[0].json;
}

test('of fifty at once exactly one completes each task', async () => {
  const [analyst, leader, unit] = await Promise.all([signIn('analyst'), signIn('leader'), signIn('unit_filler')]);
  const targets = { orgs: [unit.user.org_id], regions: [], sectors: [] };
  const { json: draft } = await analyst.post('/warnings', { title: `并发 ${newKey()}`, kind_code: 'attack', level: 1, content: '请处置', targets });
  const path = `/warnings/${draft.id}`;
  await oneWins(analyst, `${path}/submit`, {});
  await oneWins(leader, `${path}/approve`, { opinion: '同意' });
  await oneWins(analyst, `${path}/publish`, {});
  const mine = async () => (await unit.get('/dispatches', { query: { mine: 'todo', warning: draft.id } })).json.items;
  const [{ id }] = await until(async () => { const items = await mine(); return items.length && items; }, { what: 'the dispatch arrives' });
  await oneWins(unit, `/dispatches/${id}/sign`, {});
  await oneWins(unit, `/dispatches/${id}/feedback`, { result: 'handled', text: '已处置' });
  await oneWins(analyst, `/dispatches/${id}/return`, { opinion: '请补充' });
  await oneWins(unit, `/dispatches/${id}/feedback`, { result: 'handled', text: '已补充' });
  await oneWins(analyst, `/dispatches/${id}/accept`, {});
  const { json: told } = await analyst.get(`${path}/timeline`);
  assert.deepEqual(told.items.map((t) => t.action).reverse(), ['warning.create', 'warning.submit', 'warning.approve', 'warning.publish', 'dispatch.sign',
    'dispatch.feedback', 'dispatch.return', 'dispatch.feedback', 'dispatch.accept', 'warning.close']);
});
