// The private memory of one child over 200,000 requests of many kinds. The pool has one child for it, so that all of them
// are its own.
import { join } from 'node:path';
import { privateKb } from '../lib/cpu.mjs';
import { load, rawGet, writeCases } from '../lib/load.mjs';
import { figure } from '../lib/report.mjs';

const REQUESTS = 200_000;
const SETTLED = 20_000;
const LONGEST_S = 240;
const SLICE_S = 8;

async function cases(bench) {
  const all = [];
  for (const [scope, [{ cookie, client }]] of Object.entries(bench.people)) {
    const { json } = await client.get('/assets', { query: { size: 1 } });
    const paths = ['/assets?page=1&size=20', '/assets?class=system', '/assets?page=3&size=50', `/assets/${json.items[0].id}`,
      `/assets/${json.items[0].id}/history`, '/session', '/situation/overview', '/dispatches?mine=todo', '/warnings', '/asset-classes'];
    if (scope === 'unit') paths.push('/assets?q=10.0', '/assets?sort=name');
    for (const path of paths) {
      const { bytes } = await client.get(path);
      all.push({ request: rawGet(`/api/v1${path}`, cookie), body: bytes });
    }
  }
  return writeCases(join(bench.peers.dir, 'memory'), all);
}

export async function memory(bench) {
  const { stack } = bench;
  await stack.stop('api');
  stack.env.API_CHILDREN = '1';
  await stack.up();
  const directory = await cases(bench);
  const [child] = await fastChild(bench, directory);
  const series = [];
  let done = 0;
  for (const began = performance.now(); done < REQUESTS / bench.shrink && performance.now() - began < LONGEST_S * 1000;) {
    const { requests, wrong_status: wrong } = await load({ port: stack.port, directory, connections: 36, seconds: SLICE_S });
    if (wrong) throw new Error(`${wrong} answers were refused`);
    done += requests;
    series.push({ done, kb: privateKb(child) });
  }
  console.log(`\nPrivate memory of one child: ${series.map(({ done: n, kb }) => `${Math.round(n / 1000)}k ${(kb / 1024).toFixed(2)} MB`).join(', ')}`);
  const settled = series.find(({ done: n }) => n >= SETTLED / bench.shrink) ?? series[0];
  const last = series.at(-1);
  figure(`private memory of a child after ${done} requests`, last.kb / 1024, 16, { most: true, unit: ' MB' });
  figure(`its growth from request ${settled.done} on`, (last.kb - settled.kb) / 1024, 0.5, { most: true, unit: ' MB' });
  await stack.stop('api');
  stack.env.API_CHILDREN = String(bench.peers.config.children);
  await stack.up();
}

/** The one child of the pool that answers these requests: the one that has used the time. */
async function fastChild(bench, directory) {
  const children = await bench.stack.children('api');
  const before = children.map((pid) => privateKb(pid));
  await load({ port: bench.stack.port, directory, connections: 36, seconds: 1 });
  return children.map((pid, i) => [pid, privateKb(pid) - before[i]]).sort((a, b) => b[1] - a[1])[0];
}
