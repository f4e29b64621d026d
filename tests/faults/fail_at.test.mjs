// The N-th call of a function fails, for N = 1, 2, ... until a request gets through without meeting it (F20). Whatever fails, the
// client gets a clean error or one 502, the same request sent again with its key succeeds, and the record is there exactly once.
import { chmodSync, existsSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, assert, before, newKey, platform, signIn, test, until } from '../api/lib/harness.mjs';
import { apiWith, library } from './preload.mjs';

// Every N, or with DEEP unset each third one of what a request calls very often.
const STEP = process.env.DEEP ? 1 : 3;
const MOST = 120;
const CLEAN = [500, 502, 503, 507];
let fuse;
let end;
let unit;
before(async () => {
  unit = await signIn('unit_filler');
  fuse = join(platform().state, 'tmp/fail-at');
  end = await apiWith({ LD_PRELOAD: library('fail_at'), FAIL_AT: fuse });
});
after(async () => {
  rmSync(fuse, { force: true });
  await end?.();
  await system?.put('/settings', { name: 'file.scan_mb', value: 64 });
});

/** Makes the N-th call fail for one request; true when the request met it. */
async function failing(name, n, send) {
  const aside = `${fuse}.new`;
  writeFileSync(aside, `${name} ${n}`);
  chmodSync(aside, 0o666); // the API is another user
  renameSync(aside, fuse);
  const reply = await send();
  const met = !existsSync(fuse);
  rmSync(fuse, { force: true });
  if (reply.status >= 300) {
    assert.ok(met, `${name} ${n}: ${reply.status} without a failure: ${reply.text.slice(0, 300)}`);
    assert.ok(CLEAN.includes(reply.status), `${name} ${n}: ${reply.status} ${reply.text.slice(0, 300)}`);
    if (reply.status !== 502) assert.match(reply.type, /^application\/problem\+json/, reply.text.slice(0, 300));
  }
  return { met, reply };
}

/** n = 1, 1 + step, ... as long as the request meets the failure; answers how many were met. */
async function each(name, step, run) {
  let met = 0;
  for (let n = 1; n < MOST * step; n += step) {
    if (!(await run(n)).met) return met;
    met++;
  }
  return met;
}

for (const [name, step, least] of [['mysql_stmt_execute', 1, 5], ['mysql_real_query', 1, 2], ['redisGetReply', 1, 2], ['malloc', 15 * STEP, 2]])
  test(`${name} fails while an asset is made`, async (t) => {
    const met = await each(name, step, async (n) => {
      const label = `fail ${newKey()}`;
      const body = { class_code: 'hardware', category_code: '01.01', name: label, addresses: [{ kind: 'ip', value: '10.67.1.1' }] };
      const key = newKey();
      const who = await signIn('unit_filler'); // a session that no child knows yet
      const outcome = await failing(name, n, () => who.post('/assets', body, { key, expect: 'any' }));
      const again = await until(async () => { const r = await who.post('/assets', body, { key, expect: 'any' }); return r.status === 201 && r; }, { every: 20, what: `${name} ${n}: the repetition succeeds` });
      const { items } = (await unit.get('/assets', { query: { q: label } })).json;
      assert.deepEqual(items.map((a) => a.id), [again.json.id], `${name} ${n}`);
      assert.deepEqual((await unit.get(`/assets/${again.json.id}/history`)).json.items.map((h) => h.action), ['asset.create'], `${name} ${n}`);
      return outcome;
    });
    t.diagnostic(`${met} places`);
    assert.ok(met >= least, `only ${met} calls were met`);
  });

for (const [name, step, least] of [['open', 1, 1], ['write', 1, 1], ['fsync', 1, 1]])
  test(`${name} fails while a file is uploaded: nothing half is kept`, async (t) => {
    const content = 'x'.repeat(70_000);
    const met = await each(name, step, async (n) => {
      const outcome = await failing(name, n, () => unit.upload('/files', { name: `${name}-${n}.txt`, content: content + n }, { expect: 'any' }));
      const { json: file } = await until(async () => { const r = await unit.upload('/files', { name: `${name}-${n}.txt`, content: content + n }, { expect: 'any' }); return r.status === 201 && r; }, { every: 20, what: `${name} ${n}: it succeeds again` });
      assert.equal((await unit.get(`/files/${file.id}`)).text, content + n, `${name} ${n}`);
      return outcome;
    });
    t.diagnostic(`${met} places`);
    assert.ok(met >= least, `only ${met} calls were met`);
  });

// The other endpoints that people and systems live by: the same, with what each must leave behind exactly once.
const tagOf = () => `fail ${newKey()}`;
const oneOf = async (client, path, query, what) => { const { json } = await client.get(path, { query }); assert.equal(json.items.length, 1, what); return json.items[0]; };
let system, analyst, leader, reviewer;
const draft = (title) => analyst.post('/warnings', { title, kind_code: 'attack', level: 4, content: '请排查', targets: { orgs: [unit.user.org_id] } });
const endpoints = {
  'an asset is changed': async () => {
    const { json } = await unit.post('/assets', { class_code: 'hardware', category_code: '01.01', name: tagOf() });
    return { send: (o) => unit.put(`/assets/${json.id}`, { version: 1, class_code: 'hardware', category_code: '01.01', name: `${json.name} 改` }, o), check: async () => assert.equal((await unit.get(`/assets/${json.id}`)).json.version, 2) };
  },
  'an asset is deleted': async () => {
    const { json } = await unit.post('/assets', { class_code: 'hardware', category_code: '01.01', name: tagOf() });
    return { send: (o) => unit.del(`/assets/${json.id}`, { query: { version: 1 }, ...o }), status: 204, check: () => unit.get(`/assets/${json.id}`, { expect: 404 }) };
  },
  'a person is added': async () => {
    const name = tagOf();
    return { send: (o) => reviewer.post('/people', { org_id: unit.user.org_id, name, duty: 'staff', mobile: '13800000000' }, o), status: 201, check: () => oneOf(reviewer, '/people', { q: name }) };
  },
  'people come from a sheet': async () => {
    const name = tagOf();
    return { send: (o) => reviewer.post('/people/batch', { items: [{ org: unit.user.org_id, name, duty: 'staff' }] }, o), check: () => oneOf(reviewer, '/people', { q: name }) };
  },
  'a warning is drafted': async () => {
    const title = tagOf();
    return { send: (o) => analyst.post('/warnings', { title, kind_code: 'attack', level: 4, content: '请排查', targets: { orgs: [unit.user.org_id] } }, o), status: 201, check: () => oneOf(analyst, '/warnings', { q: title }) };
  },
  'a warning is submitted': async () => {
    const { json } = await draft(tagOf());
    return { send: (o) => analyst.post(`/warnings/${json.id}/submit`, {}, o), check: async () => { const [[open]] = await platform().sql(`SELECT COUNT(*) FROM tasks WHERE subject_id = '${json.id}' AND state = 'open'`); assert.equal(open, '1'); } };
  },
  'a warning is approved': async () => {
    const { json } = await draft(tagOf());
    await analyst.post(`/warnings/${json.id}/submit`, {});
    return { send: (o) => leader.post(`/warnings/${json.id}/approve`, {}, o), check: async () => assert.equal((await analyst.get(`/warnings/${json.id}`)).json.state, 'approved') };
  },
  'a dispatch is signed for': async () => {
    const { json } = await draft(tagOf());
    await analyst.post(`/warnings/${json.id}/submit`, {});
    await leader.post(`/warnings/${json.id}/approve`, {});
    await analyst.post(`/warnings/${json.id}/publish`, {});
    const d = await until(async () => (await unit.get('/dispatches', { query: { warning: json.id } })).json.items[0], { what: 'the unit has it' });
    return { send: (o) => unit.post(`/dispatches/${d.id}/sign`, {}, o), check: async () => assert.equal((await unit.get(`/dispatches/${d.id}`)).json.state, 'handling') };
  },
  'an export is asked for': async () => {
    const q = tagOf();
    return { send: (o) => unit.post('/assets/exports', { format: 'csv', q }, o), status: 202, check: async () => { const [[n]] = await platform().sql(`SELECT COUNT(*) FROM jobs WHERE params LIKE '%${q}%'`); assert.equal(n, '1'); } };
  },
  'a setting is changed': async () => ({ send: (o) => system.put('/settings', { name: 'file.scan_mb', value: 63 }, o), status: 204, check: async () => assert.equal((await system.get('/settings')).json.items.find((i) => i.name === 'file.scan_mb').value, 63) }),
  'a dictionary is made': async () => {
    const code = `fail_${newKey().slice(0, 8)}`;
    return { send: (o) => system.post('/dictionaries', { code, label_zh: 'x', items: [] }, o), status: 201, check: async () => assert.equal((await system.get('/dictionaries')).json.items.filter((d) => d.code === code).length, 1) };
  },
};
const reads = { 'the list of assets': '/assets', 'a search': '/search?q=fail', 'the overview': '/situation/overview', 'the to-do list': '/tasks?mine=todo', notices: '/notices', warnings: '/warnings', dispatches: '/dispatches', events: '/events', organisations: '/orgs', people: '/people', 'the session': '/session' };

test('the people of the other endpoints', async () => { [system, analyst, leader, reviewer] = await Promise.all(['system_admin', 'analyst', 'leader', 'unit_reviewer'].map((r) => signIn(r))); });
for (const [what, prepare] of Object.entries(endpoints))
  test(`${what}, whatever fails`, async (t) => {
    let met = 0;
    for (const [name, step] of [['mysql_stmt_execute', STEP], ['mysql_real_query', 1], ['redisGetReply', 1]])
      met += await each(name, step, async (n) => {
        const { send, status = 200, check } = await prepare();
        const key = newKey();
        const outcome = await failing(name, n, () => send({ key, expect: 'any' }));
        const again = await until(async () => { const r = await send({ key, expect: 'any' }); return r.status === status && r; }, { every: 20, what: `${name} ${n}: the repetition succeeds` });
        await check(again.json);
        return outcome;
      });
    t.diagnostic(`${met} places`);
    assert.ok(met >= 3, `only ${met} calls were met`);
  });
for (const [what, path] of Object.entries(reads))
  test(`${what} is read, whatever fails`, async () => {
    for (const name of ['mysql_stmt_execute', 'redisGetReply', 'malloc']) {
      await each(name, name === 'malloc' ? 15 * STEP : 1, async (n) => {
        const outcome = await failing(name, n, () => reviewer.get(path, { expect: 'any' }));
        assert.ok((await until(async () => { const r = await reviewer.get(path, { expect: 'any' }); return r.status < 300 && r; }, { every: 20 })).json, `${name} ${n}`);
        return outcome;
      });
    }
  });
