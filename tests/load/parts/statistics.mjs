// Statistics over 1,000,000 assets, for every scope: read from rows that are kept up, and how soon a change stands in them.
import { newKey } from '../../api/lib/harness.mjs';
import { until } from '../../api/lib/until.mjs';
import { addAssets, assetCount } from '../lib/fill.mjs';
import { figure } from '../lib/report.mjs';

const ASSETS = 1_000_000;
const TIMES = 100;
const CHANGES = 5;

const percentile = (values, p) => [...values].sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * p))];
const totalOf = (s) => s.dimensions.filter((d) => d.name === 'total').flatMap((d) => d.values).reduce((n, v) => n + v.n, 0);

async function ask(client, query = {}) {
  const began = performance.now();
  const { json } = await client.get('/assets/statistics', { query });
  return { ms: performance.now() - began, total: totalOf(json) };
}

/** The assets came by SQL, so their organisations are noted by hand; each is counted once. */
async function counted(bench) {
  const assets = ASSETS / bench.shrink;
  const there = await assetCount(bench.stack);
  if (there < assets) await addAssets(bench.stack, 10_000_000, 10_000_000 + assets - there - 1);
  const began = performance.now();
  await bench.stack.sql('INSERT IGNORE INTO asset_count_notes (org_id, noted_at) SELECT DISTINCT org_id, UTC_TIMESTAMP(6) FROM assets');
  await until(async () => (await bench.stack.sql('SELECT COUNT(*) FROM asset_count_notes'))[0][0] === '0', { timeout: 900_000, every: 1000, what: 'all is counted' });
  console.log(`  ${await assetCount(bench.stack)} assets counted in ${Math.round((performance.now() - began) / 1000)} s`);
}

export async function statistics(bench) {
  await counted(bench);
  for (const [scope, people] of Object.entries(bench.people)) {
    const { client } = people[0];
    await ask(client);
    const results = [];
    for (let i = 0; i < TIMES; i++) results.push(await ask(client));
    const { json } = await client.get('/assets', { query: { size: 1, total: 'exact' } });
    console.log(`  ${scope}: ${results[0].total} assets; p50 ${percentile(results.map((r) => r.ms), 0.5).toFixed(1)} ms`);
    figure(`statistics, ${scope}: p95`, percentile(results.map((r) => r.ms), 0.95), 50, { most: true, unit: ' ms' });
    figure(`statistics, ${scope}: assets that the counts miss`, Math.abs(results[0].total - json.total), 0, { most: true });
  }
  const { client } = bench.people.unit[0];
  const waits = [];
  for (let i = 0; i < CHANGES; i++) {
    const { total } = await ask(client);
    await client.post('/assets', { class_code: 'hardware', name: `统计 ${newKey()}` }, { expect: 201 });
    const began = performance.now();
    await until(async () => (await ask(client)).total === total + 1, { every: 100, what: 'the change is counted' });
    waits.push((performance.now() - began) / 1000);
  }
  figure('statistics: slowest change to be counted', Math.max(...waits), 5, { most: true, unit: ' s' });
}
