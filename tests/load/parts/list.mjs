// One page of 20 assets out of 100,000: the whole platform, the floor and the peers, for each scope.
import { join } from 'node:path';
import { rawGet, rounds, writeCases } from '../lib/load.mjs';
import { figure, table } from '../lib/report.mjs';

export const PAGE = '/api/v1/assets?page=1&size=20';

export async function casesOf(bench, scope, path) {
  const cases = [];
  for (const { cookie, client } of bench.people[scope]) {
    const { bytes } = await client.get(path.replace('/api/v1', ''));
    cases.push({ request: rawGet(path, cookie), body: bytes });
  }
  return writeCases(join(bench.peers.dir, `cases-${scope}`), cases);
}

/** Starts each form of a peer, keeps the faster one running; returns its pid and name. */
export async function better(bench, directory, name, forms) {
  const tried = [];
  for (const n of forms) {
    const pid = await bench.peers[name](n);
    const { [name]: result } = await rounds({ [name]: { port: bench.peers.ports[name], directory, groups: { peer: pid } } }, { count: 1, seconds: 2 });
    if (result.wrong) throw new Error(`${name} gives other answers than the platform: ${result.wrong} of them`);
    tried.push({ n, rate: result.rate });
    await bench.peers.stop(name);
  }
  tried.sort((a, b) => b.rate - a.rate);
  console.log(`  ${name}: ${tried.map(({ n, rate }) => `${n} processes ${Math.round(rate)}/s`).join(', ')}`);
  return { pid: await bench.peers[name](tried[0].n), label: `${name} (${tried[0].n})` };
}

export async function list(bench) {
  const { stack, peers } = bench;
  const platform = { nginx: await stack.pid('nginx'), app: await stack.pid('api') };
  const shared = { mariadbd: await stack.pid('db'), redis: await stack.pid('cache') };
  const chosen = await casesOf(bench, 'prefecture', PAGE);
  const floor = await peers.floor();
  const php = await better(bench, chosen, 'php', [4, 64]);
  const node = await better(bench, chosen, 'node', [1, 2]);
  for (const scope of Object.keys(bench.people)) {
    const directory = await casesOf(bench, scope, PAGE);
    const results = await rounds({
      platform: { port: stack.port, directory, groups: { ...shared, ...platform } },
      floor: { port: peers.ports.floor, directory, groups: { ...shared, nginx: peers.nginx, app: floor } },
      [node.label]: { port: peers.ports.node, directory, groups: { ...shared, nginx: peers.nginx, app: node.pid } },
      [php.label]: { port: peers.ports.php, directory, groups: { ...shared, nginx: peers.nginx, app: php.pid } },
    }, { count: bench.rounds, seconds: bench.seconds });
    table(`One page of 20 out of ${bench.assets} assets, ${scope}, 32 connections`, results);
    judge(scope, results, node.label, php.label);
  }
}

function judge(scope, results, node, php) {
  const { platform, floor } = results;
  figure(`page, ${scope}: requests per second / floor`, platform.rate / floor.rate, 0.8);
  figure(`page, ${scope}: requests per second / Node`, platform.rate / results[node].rate, 1.5, { aim: 2 });
  figure(`page, ${scope}: requests per second / PHP-FPM`, platform.rate / results[php].rate, 1.8);
  figure(`page, ${scope}: p99 / Node's p99`, platform.p99 / results[node].p99, 1, { most: true });
  figure(`page, ${scope}: wrong answers`, Object.values(results).reduce((sum, r) => sum + r.wrong, 0), 0, { most: true });
}
