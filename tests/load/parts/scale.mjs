// The same page out of 1,000,000 assets and out of 10,000, one client, on two platforms in turn: each scope, with a class
// filter, and deep by cursor.
import { join } from 'node:path';
import { newStack } from '../../api/lib/stack.mjs';
import { addAssets, addUnits, assetCount } from '../lib/fill.mjs';
import { rawGet, rounds, writeCases } from '../lib/load.mjs';
import { Peers } from '../lib/peers.mjs';
import { signInAll } from '../lib/people.mjs';
import { figure, table } from '../lib/report.mjs';

const SMALL = 10_000;
const LARGE = 1_000_000;
const FILTERS = { '': '', ', class filter': '&class=hardware' };
const PAGE_SIZE = 20;
const DEEP_PAGE = 5000;

async function directoryOf(place, name, scope, path) {
  const cases = [];
  for (const { cookie, client } of place.people[scope]) {
    const { bytes } = await client.get(path);
    cases.push({ request: rawGet(`/api/v1${path}`, cookie), body: bytes });
  }
  return writeCases(join(place.peers.dir, name), cases);
}

/** The cursor that leads to the page after `rows` rows of the province. */
async function cursorAfter(stack, rows) {
  const [[us, id]] = await stack.sql(`SELECT CAST(UNIX_TIMESTAMP(updated_at) * 1000000 AS INTEGER), id FROM assets ORDER BY updated_at DESC, id DESC LIMIT 1 OFFSET ${rows - 1}`);
  return `${us}_${id}`;
}

async function compare(bench, small, name, directories) {
  const groups = async (stack) => ({ mariadbd: await stack.pid('db'), nginx: await stack.pid('nginx'), app: await stack.pid('api') });
  const results = await rounds({
    '10,000': { port: small.stack.port, directory: directories[0], connections: 1, groups: await groups(small.stack) },
    '1,000,000': { port: bench.stack.port, directory: directories[1], connections: 1, groups: await groups(bench.stack) },
  }, { count: bench.rounds, seconds: Math.min(1.5, bench.seconds) });
  table(`${name}, out of 10,000 and 1,000,000 assets, 1 connection`, results);
  figure(`${name}: latency out of 1,000,000 / out of 10,000`, results['1,000,000'].p50 / results['10,000'].p50, 1.3, { most: true });
  figure(`${name}: wrong answers`, results['10,000'].wrong + results['1,000,000'].wrong, 0, { most: true });
}

export async function scale(bench) {
  const small = { stack: await newStack({ DB_BUFFER: '256M', WORKERS: '1' }) };
  bench.others.push(small);
  await small.stack.up();
  await addUnits(small.stack, bench.units);
  await addAssets(small.stack, 1, SMALL / bench.shrink - (await assetCount(small.stack)));
  small.peers = new Peers(small.stack);
  await small.peers.prepare();
  small.people = await signInAll(small.stack);
  const there = await assetCount(bench.stack);
  const large = LARGE / bench.shrink;
  console.log(`\nAdding ${large - there} assets ...`);
  await addAssets(bench.stack, 10_000_000, 10_000_000 + large - there - 1);
  for (const scope of Object.keys(bench.people))
    for (const [label, filter] of Object.entries(FILTERS)) {
      const path = `/assets?page=1&size=${PAGE_SIZE}${filter}`;
      await compare(bench, small, `page, ${scope}${label}`, [await directoryOf(small, 'scale', scope, path), await directoryOf(bench, 'scale', scope, path)]);
    }
  const after = await cursorAfter(bench.stack, ((DEEP_PAGE - 1) * PAGE_SIZE) / bench.shrink);
  await compare(bench, small, `page ${DEEP_PAGE} by cursor, province, against page 1`, [
    await directoryOf(small, 'scale', 'province', `/assets?page=1&size=${PAGE_SIZE}`),
    await directoryOf(bench, 'scale', 'province', `/assets?size=${PAGE_SIZE}&after=${after}`),
  ]);
}
