// Writers that wait for each other (F07): a deadlock is tried again by the platform, and whatever ends in a refusal has written nothing.
import { assert, before, newKey, platform, signIn, test } from '../api/lib/harness.mjs';

const PEOPLE = 20, ROUNDS = 6, AT_ONCE = 6;
let reviewer, org, names;
before(async () => {
  reviewer = await signIn('unit_reviewer');
  org = reviewer.user.org_id;
  names = Array.from({ length: PEOPLE }, (_, i) => `锁 ${i} ${newKey().slice(0, 8)}`);
  await reviewer.post('/people/batch', { items: names.map((name) => ({ org, name, duty: 'staff' })) });
});
const titles = async () => {
  const rows = await platform().sql(`SELECT DISTINCT title FROM people WHERE name IN (${names.map((n) => `'${n}'`).join(',')})`);
  return rows.map((r) => r[0]);
};
const retries = async () => Number(/^tongchou_database_retries_total (\d+)/m.exec((await platform().client().get('//metrics')).text)[1]);

test('F07 batches over the same people in opposite orders deadlock, are tried again, and each is whole or not there', async (t) => {
  const before = await retries();
  let refused = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const marks = Array.from({ length: AT_ONCE }, (_, i) => `职务 ${round}-${i}`);
    const replies = await Promise.all(marks.map((title, i) => {
      const items = names.map((name) => ({ org, name, duty: 'staff', title }));
      return reviewer.post('/people/batch', { items: i % 2 ? items.reverse() : items }, { expect: 'any', key: newKey() });
    }));
    for (const r of replies) assert.ok([200, 503].includes(r.status), r.text);
    refused += replies.filter((r) => r.status === 503).length;
    const now = await titles();
    assert.equal(now.length, 1, `of several batches at once: ${now}`);
    assert.ok(replies[marks.indexOf(now[0])]?.status === 200 || (round > 0 && replies.every((r) => r.status === 503)), `${now[0]} was refused`);
  }
  const more = (await retries()) - before;
  t.diagnostic(`${more} transactions were tried again, ${refused} of ${ROUNDS * AT_ONCE} refused in the end`);
  assert.ok(more > 0, 'no deadlock happened');
});

test('F07 whoever waits for a lock that goes in time is served', async () => {
  const [{ id, version }] = (await reviewer.get('/people', { query: { q: names[0] } })).json.items;
  const held = platform().sql(`START TRANSACTION; SELECT id FROM people WHERE id = '${id}' FOR UPDATE; SELECT SLEEP(2); COMMIT`);
  const reply = await reviewer.put(`/people/${id}`, { version, name: names[0], duty: 'liaison' }, { expect: 'any' });
  assert.equal(reply.status, 200, reply.text);
  await held;
});
