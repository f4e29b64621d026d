// A worker dies in the middle of a scan: whoever takes it over goes on after the last committed chunk, nothing is doubled.
import { after, assert, before, jobDone, platform, signIn, test, until } from '../api/lib/harness.mjs';
import { scanXml } from '../api/lib/nmap.mjs';

const HOSTS = 30_000;
let stack;
let unit;
before(async () => {
  stack = platform();
  unit = await signIn('unit_filler');
});
after(() => stack.start('worker'));

test('a scan whose worker is killed is finished by another, exactly once', async () => {
  const killWorkers = await stack.aimAtWorkers();
  const hosts = Array.from({ length: HOSTS }, (_, i) => ({ address: `10.${100 + (i >> 16)}.${(i >> 8) & 255}.${i & 255}`, ports: [80, 443] }));
  const { json } = await unit.send('/discoveries', 'application/xml', scanXml(hosts), { expect: 202 });
  const path = `/imports/${json.id}`;
  const seen = await until(async () => {
    const { json: job } = await unit.get(path);
    return job.rows_done > 0 && job;
  }, { every: 10, what: 'the first chunk is committed' });
  killWorkers();
  const { json: left } = await unit.get(path);
  assert.ok(left.rows_done >= seen.rows_done && left.rows_done < HOSTS, `killed too late: ${left.rows_done}`);
  assert.equal(left.state, 'running');
  await stack.endLeases(); // how long one lasts is seen in parts.test.mjs
  await stack.start('worker');
  const done = await jobDone(unit, path);
  assert.deepEqual([done.created, done.updated, done.rejected, done.rows_done], [HOSTS, 0, 0, HOSTS]);
  const [[rows, services, links]] = await stack.sql(
    `SELECT COUNT(*), (SELECT COUNT(*) FROM discovered_services s JOIN discovered_hosts x ON x.id = s.host_id WHERE x.discovery_id = '${json.id}'),
     (SELECT COUNT(*) FROM discovery_hosts WHERE discovery_id = '${json.id}') FROM discovered_hosts WHERE discovery_id = '${json.id}'`.replaceAll('\n', ' '));
  assert.deepEqual([rows, services, links].map(Number), [HOSTS, 2 * HOSTS, HOSTS]);
});
