// One box over 1,000,000 documents: words that up to 10,000 of them have, and commoner ones of which the newest are found.
import { until } from '../../api/lib/until.mjs';
import { addAssets, assetCount } from '../lib/fill.mjs';
import { figure } from '../lib/report.mjs';

const DOCUMENTS = 1_000_000;
const TIMES = 200;
const COMMON = ['数据库', '服务器', '银河麒麟', '10.', '平台 银河'];

const percentile = (values, p) => [...values].sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * p))];

async function ask(client, q, scope) {
  const began = performance.now();
  const { json } = await client.get('/search', { query: { q } });
  return { q, scope, ms: performance.now() - began, total: json.total, partial: json.partial };
}

/** Every document of the assets that are there: they came by SQL, so the index is filled anew. */
async function indexed(bench) {
  const documents = DOCUMENTS / bench.shrink;
  const there = await assetCount(bench.stack);
  if (there < documents) await addAssets(bench.stack, 10_000_000, 10_000_000 + documents - there - 1);
  const began = performance.now();
  const [[before]] = await bench.stack.sql('SELECT COUNT(*) FROM search_docs');
  await bench.stack.sql("DELETE FROM search_fills WHERE kind = 'asset'");
  await until(async () => (await bench.stack.sql("SELECT done FROM search_fills WHERE kind = 'asset'"))[0]?.[0] === '1', { timeout: 1_200_000, every: 1000, what: 'the index is filled' });
  await bench.stack.sql('ANALYZE TABLE search_docs, search_terms, search_readers');
  const [[after]] = await bench.stack.sql('SELECT COUNT(*) FROM search_docs');
  console.log(`  ${after} documents, ${Math.round((after - before) / ((performance.now() - began) / 1000))} a second were added`);
}

/** Words out of the documents themselves: the end of a number, an address without its last part. */
async function words(bench) {
  const rows = await bench.stack.sql(`SELECT RIGHT(name, 4), SUBSTRING_INDEX(main_address, '.', 3) FROM assets WHERE asset_no LIKE 'BENCH%' ORDER BY MD5(id) LIMIT ${TIMES / 2}`);
  return rows.flatMap(([number, network]) => [number.trim(), `${network}.`]);
}

export async function search(bench) {
  await indexed(bench);
  const rare = await words(bench);
  const all = [];
  for (const [scope, people] of Object.entries(bench.people)) {
    const { client } = people[0];
    await ask(client, rare[0], scope);
    const results = [];
    for (const q of rare) results.push(await ask(client, q, scope));
    const counted = results.filter((r) => r.total <= 10_000 && !r.partial);
    console.log(`  ${scope}: ${counted.length} of ${results.length} words in up to 10,000 documents, ${percentile(counted.map((r) => r.total), 0.5)} hits each; p50 ${percentile(counted.map((r) => r.ms), 0.5).toFixed(1)} ms`);
    figure(`search, ${scope}: p95 of words in up to 10,000 documents`, percentile(counted.map((r) => r.ms), 0.95), 200, { most: true, unit: ' ms' });
    for (const q of COMMON) all.push(await ask(client, q, scope));
  }
  const worst = all.reduce((a, b) => (a.ms > b.ms ? a : b));
  console.log(all.map((r) => `    ${r.scope}, ${r.q}: ${r.ms.toFixed(0)} ms, ${r.total} hits${r.partial ? ', the newest' : ''}`).join('\n'));
  figure('search: slowest of the common words', worst.ms, 1000, { most: true, unit: ' ms' });
  figure('search: common words whose answer does not say that it is partial', all.filter((r) => r.scope === 'province' && !r.partial && r.total > 10_000).length, 0, { most: true });
}
