// Events from the sender to rows with an owner, against the registered assets; the sender included.
import { median } from '../lib/load.mjs';
import { figure } from '../lib/report.mjs';

const EVENTS = 200_000;
const RUNS = 3;

export async function events(bench) {
  const { measureEvents } = await import('../events.mjs');
  const runs = [];
  for (let i = 0; i < RUNS; i++) {
    runs.push(await measureEvents(bench.stack, { events: EVENTS / bench.shrink }));
    const { per_second: rate, p50_ms: p50, p99_ms: p99, cpu_total: cpu, cpu_us_per_event: by } = runs.at(-1);
    const parts = Object.entries(by).map(([name, us]) => `${name} ${us}`).join(' + ');
    console.log(`${i ? '' : '\n'}Events, accepted to stored: ${rate}/s; a request of 1,000 lines ${p50} ms, p99 ${p99} ms; CPU us an event ${cpu}: ${parts}`);
  }
  figure('events: accepted to stored with owner, a second', median(runs.map((r) => r.per_second)), 25_000, { aim: 50_000 });
  figure('events: lost and doubled', runs.reduce((sum, r) => sum + r.lost + r.doubled, 0), 0, { most: true });
  figure('events: stored without owner', runs.reduce((sum, r) => sum + r.stored - r.owned, 0), 0, { most: true });
}
