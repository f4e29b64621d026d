// A prefecture of 50,000 assets gets another place while people work in it and its worker is killed twice: nobody waits, nobody
// sees what is not his, and in the end every row lies where its organisation does.
import { performance } from 'node:perf_hooks';
import { after, assert, before, jobDone, newKey, platform, signIn, test, until } from '../../api/lib/harness.mjs';
import { makeAccount } from '../../api/lib/accounts.mjs';

const ASSETS = Number(process.env.MOVE_ASSETS ?? 50_000);
const UNITS = 5;
const LIMIT_MS = 200;
let stack; let system; let root;
before(async () => {
  stack = platform();
  system = await signIn('system_admin');
  root = (await system.get('/orgs/tree')).json.items.find((n) => !n.parent_id);
});
after(() => stack.start('worker'));

const make = async (parent_id) => (await system.post('/orgs', { parent_id, name: `大移动 ${newKey().slice(0, 8)}`, org_type: '03', org_level: '4', region_code: '530100', sector_code: '02' })).json;
async function as(role, org, scope) {
  const client = stack.client();
  await client.signIn(await makeAccount(role, { org, scope }));
  return client;
}
/** The unit's assets, written as an import would leave them. */
const fill = (unit, n) => stack.sql(`INSERT INTO assets (id, asset_no, class_code, category_code, name, state_code, source_code, match_key, created_at, updated_at, org_id, org_l1, org_l2, org_l3, org_l4, org_l5, org_l6, sector_code)
  SELECT UUID(), CONCAT('MV', LEFT(MD5(CONCAT(o.id, s.seq)), 20)), 'hardware', '01.01', CONCAT('随迁 ', s.seq), '02', '01', UNHEX(MD5(CONCAT(o.id, s.seq))), UTC_TIMESTAMP(6), UTC_TIMESTAMP(6), o.id, o.org_l1, o.org_l2, o.org_l3, o.org_l4, o.org_l5, o.org_l6, o.sector_code
  FROM orgs o JOIN seq_1_to_${n} s WHERE o.id = '${unit.id}'`.replaceAll('\n', ' '));

/** People at work: reads and writes, one after the other, until stop() is called; how long each took. */
function work(reader, others, unit, asset) {
  const took = [];
  let on = true;
  const timed = async (call) => {
    const began = performance.now();
    const reply = await call();
    took.push(performance.now() - began);
    return reply;
  };
  const one = async (i) => {
    await timed(() => reader.get('/assets', { query: { size: 20, page: 1 + (i % 5) } }));
    const { json } = await timed(() => others.get(`/assets/${asset}`, { expect: 'any' }));
    if (json.version) await timed(() => others.put(`/assets/${asset}`, { version: json.version, class_code: 'hardware', category_code: '01.01', name: `在用 ${i}` }, { expect: 'any' }));
    await timed(() => others.post('/assets', { class_code: 'hardware', category_code: '01.01', name: `新增 ${newKey()}`, org_id: unit.id, addresses: [] }, { expect: 'any' }));
  };
  const done = (async () => { for (let i = 0; on; i++) await one(i); })();
  return { async stop() { on = false; await done; return took.sort((a, b) => a - b); } };
}
const at = (took, share) => Math.round(took[Math.min(took.length - 1, Math.floor(took.length * share))]);

test(`Z02 F03 ${ASSETS} assets of a prefecture go elsewhere: in chunks, with no request over ${LIMIT_MS} ms, through two kills`, async (t) => {
  const [from, to] = [await make(root.id), await make(root.id)];
  const prefecture = await make(from.id);
  const units = [];
  for (let i = 0; i < UNITS; i++) units.push(await make(prefecture.id));
  for (const unit of units) await fill(unit, ASSETS / UNITS);
  const [[asset]] = await stack.sql(`SELECT id FROM assets WHERE org_id = '${units[0].id}' LIMIT 1`);
  const [reader, writer, there, here] = [await signIn('analyst'), await as('analyst', root.id, 'all'), await as('analyst', from.id, 'subtree'), await as('analyst', to.id, 'subtree')];
  const count = async (who) => (await who.get('/assets', { query: { size: 1, total: 'exact', org: units[1].id } })).json.total;

  const still = work(reader, writer, units[0], asset);
  await new Promise((resolve) => { setTimeout(resolve, 8_000); });
  const calm = await still.stop();

  const { json: move } = await system.post(`/orgs/${prefecture.id}/move`, { version: (await system.get(`/orgs/${prefecture.id}`)).json.version, parent_id: to.id }, { expect: 202 });
  const began = performance.now();
  const path = `/org-moves/${move.id}`;
  const busy = work(reader, writer, units[0], asset);
  const sight = [];
  let watching = true;
  const watch = (async () => {
    while (watching) {
      const before_ = (await system.get(path)).json.step;
      const [old, now] = [await count(there), await count(here)];
      const after_ = (await system.get(path)).json.step;
      sight.push({ before_, after_, old, now });
    }
  })();
  for (const step of ['narrowing', 'widening']) {
    const kill = await stack.aimAtWorkers();
    await until(async () => { const { json } = await system.get(path); return json.step === step && json.updated > (step === 'widening' ? ASSETS * 1.2 : ASSETS / 10); }, { every: 20, timeout: 300_000, what: `some rows are ${step}` });
    kill();
    await stack.start('worker');
    await stack.endLeases();
  }
  await jobDone(system, path, { timeout: 600_000 });
  const seconds = (performance.now() - began) / 1000;
  const took = await busy.stop();
  watching = false;
  await watch;

  const ids = [prefecture, ...units].map((u) => `'${u.id}'`);
  const [[wrong]] = await stack.sql(`SELECT COUNT(*) FROM assets a JOIN orgs o ON o.id = a.org_id WHERE o.id IN (${ids}) AND NOT (a.org_l2 <=> o.org_l2 AND a.org_l3 <=> o.org_l3 AND a.org_l4 <=> o.org_l4)`);
  assert.equal(wrong, '0');
  assert.deepEqual([await count(there), await count(here)], [0, ASSETS / UNITS]);
  for (const s of sight) {
    if (s.after_ === 'narrowing') assert.equal(s.now, 0, `the new parent saw rows before the tree had changed: ${JSON.stringify(s)}`);
    if (s.before_ !== 'narrowing') assert.equal(s.old, 0, `the old parent saw rows after the tree had changed: ${JSON.stringify(s)}`);
  }
  t.diagnostic(`${ASSETS} assets in ${seconds.toFixed(1)} s with two kills; ${took.length} requests meanwhile: p50 ${at(took, 0.5)}, p99 ${at(took, 0.99)}, longest ${at(took, 1)} ms (without a move: p50 ${at(calm, 0.5)}, p99 ${at(calm, 0.99)}, longest ${at(calm, 1)} ms)`);
  // What the machine does to everybody is not the move's: the longest of the calm seconds is allowed on top.
  assert.ok(at(took, 1) <= Math.max(LIMIT_MS, 1.5 * at(calm, 1)), `a request took ${at(took, 1)} ms`);
  await stack.sql(`DELETE FROM assets WHERE org_id IN (${ids}) AND name LIKE '随迁 %'`);
});
