// Writers that wait for each other (F07): a deadlock is tried again by the platform, and whatever ends in a refusal has written nothing.
import { assert, before, newKey, platform, signIn, test, until } from '../api/lib/harness.mjs';

const PEOPLE = 20;
let reviewer, org, people;
before(async () => {
  reviewer = await signIn('unit_reviewer');
  org = reviewer.user.org_id;
  const tag = newKey().slice(0, 8);
  const names = Array.from({ length: PEOPLE }, (_, i) => `锁 ${tag} ${String(i).padStart(2, '0')}`);
  await reviewer.post('/people/batch', { items: names.map((name) => ({ org, name, duty: 'staff' })) });
  people = (await reviewer.get('/people', { query: { q: tag, size: 50 } })).json.items;
});
const titles = async () => (await platform().sql(`SELECT name, title FROM people WHERE id IN (${people.map((p) => `'${p.id}'`).join(',')}) ORDER BY name`)).map((r) => r[1]);
const retries = async () => Number(/^tongchou_database_retries_total (\d+)/m.exec((await platform().client().get('//metrics')).text)[1]);

test('F07 a transaction that a deadlock ends is tried again, and then is whole', async () => {
  const [first, ...rest] = people;
  const before = await retries();
  // Somebody with more at stake holds all but the first, and takes the first when the platform has it and waits for the others.
  const other = platform().sql(`START TRANSACTION; UPDATE people SET title = 'other' WHERE id IN (${rest.map((p) => `'${p.id}'`).join(',')}); SELECT SLEEP(1.5); UPDATE people SET title = 'other' WHERE id = '${first.id}'; COMMIT`);
  await until(async () => (await platform().sql("SELECT COUNT(*) FROM information_schema.processlist WHERE info LIKE 'SELECT SLEEP(1.5)%'"))[0][0] !== '0', { every: 10, what: 'the rows are held' });
  const reply = await reviewer.post('/people/batch', { items: people.map(({ name }) => ({ org, name, duty: 'staff', title: 'batch' })) }, { expect: 'any', key: newKey() });
  await other;
  assert.equal(reply.status, 200, reply.text);
  assert.deepEqual(await titles(), people.map(() => 'batch'));
  assert.ok((await retries()) > before, 'no deadlock happened');
});

test('F07 whoever waits for a lock that goes in time is served', async () => {
  const { id, name } = people[0];
  const { version } = (await reviewer.get(`/people/${id}`)).json;
  const held = platform().sql(`START TRANSACTION; SELECT id FROM people WHERE id = '${id}' FOR UPDATE; SELECT SLEEP(2); COMMIT`);
  const reply = await reviewer.put(`/people/${id}`, { version, name, duty: 'liaison' }, { expect: 'any' });
  assert.equal(reply.status, 200, reply.text);
  await held;
});
