// Runs the load client and rounds of it, one target after another, so that what disturbs the machine disturbs all alike.
import { execFile } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ROOT } from '../../api/lib/stack.mjs';
import { cpuUsed } from './cpu.mjs';

const run = promisify(execFile);
export const CLIENT = join(ROOT, 'build/load/client');

export const median = (values) => {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
};

/** A raw GET as a browser would send it. */
export function rawGet(path, cookie, headers = {}) {
  const lines = [`GET ${path} HTTP/1.1`, 'Host: 127.0.0.1', `Cookie: ${cookie}`, 'Accept: application/json', 'Accept-Language: zh-CN',
    'User-Agent: tongchou-bench', ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`)];
  return `${lines.join('\r\n')}\r\n\r\n`;
}

/** Writes the cases {request, body} for the client and returns their directory. */
export function writeCases(directory, cases) {
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory, { recursive: true });
  cases.forEach(({ request, body }, i) => {
    writeFileSync(join(directory, `${i}.req`), request);
    writeFileSync(join(directory, `${i}.body`), body);
  });
  return directory;
}

/** One run of the client; groups: processes whose CPU time counts. */
export async function load({ port, directory, connections = 32, seconds = 3, status = 200, groups = {} }) {
  const before = cpuUsed(groups);
  const { stdout } = await run(CLIENT, [port, connections, Math.round(seconds * 1000), status, directory].map(String), { maxBuffer: 8 << 20 });
  const after = cpuUsed(groups);
  const result = JSON.parse(stdout);
  const cpu = Object.fromEntries(Object.keys(groups).map((name) => [name, (after[name] - before[name]) / Math.max(1, result.requests)]));
  return { ...result, rate: result.requests / result.seconds, cpu, cpuTotal: Object.values(cpu).reduce((a, b) => a + b, 0) };
}

/**
 * Interleaved rounds over the targets {name: options of load()}; the order turns each round. A target whose answers change
 * by themselves is a function that gives the options anew; a run in which they changed is done again.
 * Returns name -> {rate, spread, p50, p99, cpu, cpuTotal, wrong, slowest} with medians over the rounds.
 */
export async function rounds(targets, { count, seconds, connections = 32 }) {
  const names = Object.keys(targets);
  const runs = Object.fromEntries(names.map((name) => [name, []]));
  const go = async (name, time) => {
    const changing = typeof targets[name] === 'function';
    for (let tries = 1; ; tries++) {
      const result = await load({ connections, ...(changing ? await targets[name]() : targets[name]), seconds: time });
      if (!changing || tries === 3 || !(result.wrong_body || result.wrong_status)) return result;
    }
  };
  for (const name of names) await go(name, 0.7);
  for (let round = 0; round < count; round++) {
    for (let i = 0; i < names.length; i++) {
      const name = names[(i + round) % names.length];
      runs[name].push(await go(name, seconds));
    }
  }
  return Object.fromEntries(names.map((name) => [name, summary(runs[name])]));
}

function summary(all) {
  const of = (pick) => median(all.map(pick));
  const rates = all.map((r) => r.rate);
  return {
    rate: median(rates), spread: (Math.max(...rates) - Math.min(...rates)) / 2 / median(rates), p50: of((r) => r.p50), p99: of((r) => r.p99),
    cpuTotal: of((r) => r.cpuTotal), cpu: Object.fromEntries(Object.keys(all[0].cpu).map((name) => [name, of((r) => r.cpu[name])])),
    wrong: all.reduce((sum, r) => sum + r.wrong_status + r.wrong_body, 0),
    slowest: of((r) => Math.min(...r.each) / Math.max(1, median(r.each))), rates,
  };
}
