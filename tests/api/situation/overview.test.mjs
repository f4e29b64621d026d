// The overview as it lives: a change is there within 5 seconds, what is unchanged costs a 304, every row opens something.
import { assert, before, newKey, promised, signIn, test, until } from '../lib/harness.mjs';

const FRESH_MS = 5000;

let people;
before(async () => {
  const [province, prefecture, leader, unit] = await Promise.all([signIn('analyst'), signIn('analyst', { n: 2 }), signIn('leader'), signIn('unit_filler')]);
  people = { province, prefecture, leader, unit };
});

const overview = async (who, range) => (await who.get('/situation/overview', { query: { range } })).json;
test('rates, the urgent and the latest open something too', async () => {
  for (const who of Object.values(people)) {
    const { counters, urgent, latest } = await overview(who);
    for (const key of ['on_time_rate', 'response_minutes']) await who.get(counters[key].link.path, { query: counters[key].link.query, expect: 200 });
    for (const row of [...urgent, ...latest]) await who.get(row.link.path, { expect: 200 });
  }
});

test('a change is in the overview within 5 seconds, for each scope', async () => {
  const { province, prefecture, leader, unit } = people;
  const viewers = [province, prefecture, unit];
  const before = await Promise.all(viewers.map((who) => overview(who)));
  const { json: draft } = await province.post('/warnings', { title: `总览 ${newKey()}`, kind_code: 'attack', level: 1, content: '请处置', targets: { orgs: [unit.user.org_id] } });
  await province.post(`/warnings/${draft.id}/submit`, {});
  await leader.post(`/warnings/${draft.id}/approve`, {});
  await province.post(`/warnings/${draft.id}/publish`, {});
  await until(async () => (await province.get(`/warnings/${draft.id}`)).json.state === 'published', { what: 'it is published' });
  await Promise.all(viewers.map((who, i) => until(async () => {
    const now = await overview(who);
    assert.equal(now.counters.open_warnings.value, before[i].counters.open_warnings.value + 1);
    assert.equal(now.counters.waiting_sign.value, before[i].counters.waiting_sign.value + 1);
    assert.equal(now.levels[0].count, before[i].levels[0].count + 1);
    assert.equal(now.latest[0].title, draft.title);
    return true;
  }, { timeout: promised(FRESH_MS), every: 250, what: `the change is seen by ${who.user.username}` })));
  const { items } = (await unit.get('/dispatches', { query: { warning: draft.id } })).json;
  await unit.post(`/dispatches/${items[0].id}/sign`, {});
  await Promise.all(viewers.map((who, i) => until(async () =>
    (await overview(who)).counters.waiting_sign.value === before[i].counters.waiting_sign.value, { timeout: promised(FRESH_MS), every: 250, what: 'the signature is seen' })));
});

test('an unchanged overview keeps its tag, though it is computed again and again, and is answered 304', async () => {
  const { leader } = people;
  let tag;
  let since;
  await until(async () => {
    const { etag } = await leader.get('/situation/overview');
    if (etag !== tag) since = performance.now();
    tag = etag;
    return performance.now() - since > 2 * FRESH_MS;
  }, { timeout: 90_000, every: 200, what: 'the tag stays while nothing happens' });
  await leader.get('/situation/overview', { headers: { 'If-None-Match': tag }, expect: 304 });
});
