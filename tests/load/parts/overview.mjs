// The overview from the cache: the whole platform against Node, which serves the same bytes from Redis; with a matching
// ETag as well. And whether each of 64 clients gets its share.
import { join } from 'node:path';
import { load, median, rawGet, rounds, writeCases } from '../lib/load.mjs';
import { openRedis } from '../lib/peers.mjs';
import { figure, table } from '../lib/report.mjs';
import { better, casesOf, PAGE } from './list.mjs';

const PATH = '/api/v1/situation/overview';

/** What the platform serves right now becomes what Node serves and what both are held to. */
function casesNow(bench, redis, scope, matching) {
  return async () => {
    const cases = [];
    for (const { cookie, client, kind, org } of bench.people[scope]) {
      const { bytes, etag } = await client.get('/situation/overview');
      await redis.hset(`bench:overview:${kind}:${org}`, { etag, bytes });
      cases.push({ request: rawGet(PATH, cookie, matching ? { 'If-None-Match': etag } : {}), body: matching ? '' : bytes });
    }
    return writeCases(join(bench.peers.dir, `overview-${scope}`), cases);
  };
}

export async function overview(bench) {
  const { stack, peers } = bench;
  const shared = { mariadbd: await stack.pid('db'), redis: await stack.pid('cache') };
  const platform = { ...shared, nginx: await stack.pid('nginx'), app: await stack.pid('api') };
  const redis = openRedis(stack);
  const node = await better(bench, await casesNow(bench, redis, 'province', false)(), 'node', [1, 2]);
  const front = { ...shared, nginx: peers.nginx, app: node.pid };
  for (const scope of ['province', 'unit']) {
    for (const matching of [false, true]) {
      const fresh = casesNow(bench, redis, scope, matching);
      const status = matching ? 304 : 200;
      const results = await rounds({
        platform: async () => ({ port: stack.port, directory: await fresh(), status, groups: platform }),
        [node.label]: async () => ({ port: peers.ports.node, directory: await fresh(), status, groups: front }),
      }, { count: bench.rounds, seconds: bench.seconds });
      const name = `overview, ${scope}${matching ? ', matching ETag' : ''}`;
      table(`${name}, 32 connections`, results);
      figure(`${name}: requests per second / Node`, results.platform.rate / results[node.label].rate, matching ? 1.5 : 1.2);
      figure(`${name}: wrong answers`, results.platform.wrong + results[node.label].wrong, 0, { most: true });
    }
  }
  await peers.stop('node');
  await shares(bench, await casesNow(bench, redis, 'province', false)(), 'overview');
  await shares(bench, await casesOf(bench, 'unit', PAGE), 'page');
  redis.disconnect();
}

async function shares(bench, directory, what) {
  const slowest = [];
  for (let i = 0; i < 3; i++) {
    const { each } = await load({ port: bench.stack.port, directory, connections: 64, seconds: bench.seconds });
    slowest.push(Math.min(...each) / median(each));
  }
  figure(`${what}, 64 clients: answers of the slowest client / median`, median(slowest), 0.5);
}
