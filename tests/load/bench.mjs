// make bench: the figures of the platform beside a floor and peers, measured in the same run on the same machine.
//   ONLY=list,overview   only these parts          ROUNDS, SECONDS   of each measurement (5 rounds of 3 s)
//   STATE=dir PORT=n     a platform that is kept for the next run; without, a throw-away one      KEEP=1   leaves it running
//   SHRINK=20            a twentieth of all rows: to try the harness itself
//   KEEP_MS=0            the peers ask Redis for the session each time, as usual; 1000: they keep it as the platform does
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { newStack, ROOT, Stack } from '../api/lib/stack.mjs';
import { addAssets, addUnits, assetCount } from './lib/fill.mjs';
import { Peers } from './lib/peers.mjs';
import { signInAll } from './lib/people.mjs';
import { allFigures, close, figure } from './lib/report.mjs';
import { events } from './parts/events.mjs';
import { forms } from './parts/forms.mjs';
import { imports } from './parts/import.mjs';
import { list } from './parts/list.mjs';
import { memory } from './parts/memory.mjs';
import { overview } from './parts/overview.mjs';
import { publish } from './parts/publish.mjs';
import { scale } from './parts/scale.mjs';
import { search } from './parts/search.mjs';
import { statistics } from './parts/statistics.mjs';
import { writers } from './parts/writers.mjs';

// In this order: the last ones add assets.
const PARTS = { forms, list, overview, memory, publish, writers, events, import: imports, scale, statistics, search };
const shrink = Number(process.env.SHRINK ?? 1);
const UNITS = 1000;
const ASSETS = 100_000 / shrink;
const wanted = (process.env.ONLY ?? Object.keys(PARTS).join(',')).split(/[ ,]+/).filter(Boolean);

const bench = { rounds: Number(process.env.ROUNDS ?? 5), seconds: Number(process.env.SECONDS ?? 3), assets: ASSETS, units: UNITS, shrink, others: [] };

function place() {
  const env = { DB_BUFFER: '2G', DB_LOG: '1G', LOGIN_RATE: 'off', PERSON_RATE: 'off', CLIENT_RATE: 'off' };
  const { STATE: state, PORT: port = '8099' } = process.env;
  return state ? new Stack({ state, port: Number(port), base: `http://127.0.0.1:${port}`, env }) : newStack(env);
}

async function start() {
  bench.stack = await place();
  await bench.stack.up();
  const there = await assetCount(bench.stack);
  if (there < ASSETS) {
    await addUnits(bench.stack, UNITS);
    await addAssets(bench.stack, 1, ASSETS - there);
  }
  bench.peers = new Peers(bench.stack, Number(process.env.KEEP_MS ?? 1000));
  await bench.peers.prepare();
}

async function stop() {
  await bench.peers?.stopAll();
  for (const { peers, stack } of bench.others) {
    await peers?.stopAll();
    await stack.remove();
  }
  if (!bench.stack || process.env.KEEP) return;
  if (process.env.STATE) await bench.stack.down();
  else await bench.stack.remove();
}

/** One part with sessions of its own; one that fails is a figure below its target, and the others go on. */
async function measure(name) {
  const began = performance.now();
  try {
    bench.people = await signInAll(bench.stack);
    await PARTS[name](bench);
  } catch (error) {
    console.error(error);
    figure(`${name}: parts that could not be measured`, 1, 0, { most: true });
  }
  for (const peer of ['floor', 'node', 'php']) await bench.peers.stop(peer);
  console.log(`  (${name}: ${Math.round((performance.now() - began) / 1000)} s)`);
}

async function main() {
  const unknown = wanted.filter((name) => !PARTS[name]);
  if (unknown.length) throw new Error(`no such part: ${unknown.join(', ')}; there are ${Object.keys(PARTS).join(', ')}`);
  await start();
  for (const name of Object.keys(PARTS)) if (wanted.includes(name)) await measure(name);
  const good = close();
  writeFileSync(join(ROOT, 'build/bench.json'), JSON.stringify(allFigures(), null, 1));
  return good;
}

let ended;
const end = () => (ended ??= stop());
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => end().finally(() => process.exit(130)));
let status = 1;
try {
  status = (await main()) ? 0 : 1;
} catch (error) {
  console.error(error);
} finally {
  await end();
}
process.exit(status);
