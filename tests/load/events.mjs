// How many events a second become rows with an owner, the sender included: `node tests/load/events.mjs` prints one JSON line.
//   STATE=dir (a running platform)   EVENTS=200000   LINES=1000 a request   CONNECTIONS=4   FORMAT=eve
// The protected addresses are those of registered assets. The clock runs from the first byte sent until the last accepted
// line is stored; then every name is looked for: none lost, none doubled.
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';
import { newKey, Client } from '../api/lib/client.mjs';
import { ROOT, Stack } from '../api/lib/stack.mjs';
import { until } from '../api/lib/until.mjs';

/** One database prompt for all questions: starting it each time would take longer than what is measured. */
function prompt(stack) {
  const child = spawn(join(ROOT, 'scripts/stack'), ['sql', '--batch', '--skip-column-names', '--unbuffered'], { env: { ...process.env, STATE: stack.state }, stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    async value(query) {
      child.stdin.write(`${query};\n`);
      const { value, done } = await lines.next();
      if (done) throw new Error(`no answer to ${query}`);
      return value.split('\t').map(Number);
    },
    end: () => child.stdin.end(),
  };
}

/** A source in the space that holds most registered addresses, bound to the first client. */
async function prepare(stack) {
  const credentials = await stack.credentials();
  const sender = new Client(stack.base);
  await sender.takeToken(credentials.clients[0]);
  const admin = await stack.signIn('system_admin');
  const [[space]] = await stack.sql("SELECT space_id FROM asset_addresses WHERE kind = 'ip' AND valid_to IS NULL GROUP BY space_id ORDER BY COUNT(*) DESC LIMIT 1");
  const [[org]] = await stack.sql(`SELECT COALESCE((SELECT org_id FROM address_spaces WHERE id = '${space}'), (SELECT id FROM orgs WHERE parent_id IS NULL LIMIT 1))`);
  const { json: source } = await admin.post('/sources', { name: `load ${newKey()}`, org_id: org, client_id: credentials.clients[0].client_id, space_id: space, format: 'eve' }, { expect: 201 });
  const victims = (await stack.sql(`SELECT value FROM asset_addresses WHERE kind = 'ip' AND valid_to IS NULL AND space_id = '${space}' LIMIT 100000`)).map(([value]) => value);
  return { source, victims, token: sender.bearer };
}

/** Lines as Suricata writes them: an alert with its http part, about 700 bytes. */
function bodies({ victims, mark, events, lines }) {
  const from = Date.now();
  const line = (i) => `{"timestamp":"${new Date(from + i / 100).toISOString()}","flow_id":${1e15 + i},"in_iface":"eth1","event_type":"alert","src_ip":"${198 + (i & 1)}.51.${i % 251}.${i % 239}","src_port":${1024 + (i % 60000)},"dest_ip":"${victims[(i * 7919) % victims.length]}","dest_port":443,"proto":"TCP","app_proto":"http","community_id":"1:${(i * 2654435761 % 4294967296).toString(36)}LQU9qZlK+B5F3KDmev6m5PMibrg=","alert":{"action":"allowed","gid":1,"signature_id":${2000000 + (i % 500)},"rev":3,"signature":"ET EXPLOIT ${mark} ${i}","category":"Attempted Administrator Privilege Gain","severity":${1 + (i % 3)}},"http":{"hostname":"www.unit${i % 97}.example.com","url":"/index.php?s=/index/think/app/invokefunction&n=${i}","http_user_agent":"Mozilla/5.0 (X11; Linux x86_64)","http_method":"GET","status":200,"length":512},"flow":{"pkts_toserver":5,"pkts_toclient":4,"bytes_toserver":742,"bytes_toclient":1260,"start":"2026-11-25T00:00:00.000000+0800"}}`;
  const made = [];
  for (let at = 0; at < events; at += lines) {
    const part = [];
    for (let i = at; i < Math.min(events, at + lines); i++) part.push(line(i));
    made.push(Buffer.from(`${part.join('\n')}\n`));
  }
  return made;
}

const post = (agent, url, token, body) => new Promise((resolve, reject) => {
  const started = performance.now();
  const req = request(url, { agent, method: 'POST', headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/x-ndjson', 'Content-Length': body.length } }, (res) => {
    const parts = [];
    res.on('data', (chunk) => parts.push(chunk)).on('error', reject)
      .on('end', () => resolve({ status: res.statusCode, ms: performance.now() - started, text: Buffer.concat(parts).toString() }));
  });
  req.on('error', reject).end(body);
});

const TICK_US = 10_000;
const cpuOf = (pid) => {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const below = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean);
    return (Number(fields[11]) + Number(fields[12])) * TICK_US + below.reduce((sum, child) => sum + cpuOf(child), 0);
  } catch {
    return 0;
  }
};
function cpuNow(pids) {
  const used = { sender: process.cpuUsage().user + process.cpuUsage().system };
  for (const [part, pid] of Object.entries(pids)) used[part] = cpuOf(pid);
  return used;
}

export async function measureEvents(stack, { events = 200_000, lines = 1000, connections = 4 } = {}) {
  const { source, victims, token } = await prepare(stack);
  const mark = newKey().slice(0, 8);
  const all = bodies({ victims, mark, events, lines });
  const database = prompt(stack);
  await database.value('SELECT 1');
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const url = `${stack.base}/api/v1/events?format=eve&source=${source.id}`;
  const pids = {};
  for (const part of ['db', 'queue', 'api', 'worker-1', 'worker-2', 'nginx']) pids[part] = await stack.pid(part);
  const before = cpuNow(pids);
  const started = performance.now();
  const took = [];
  let accepted = 0;
  let next = 0;
  await Promise.all(Array.from({ length: connections }, async () => {
    while (next < all.length) {
      const reply = await post(agent, url, token, all[next++]);
      if (reply.status !== 202) throw new Error(`status ${reply.status}: ${reply.text.slice(0, 300)}`);
      accepted += JSON.parse(reply.text).accepted;
      took.push(reply.ms);
    }
  }));
  const sent = (performance.now() - started) / 1000;
  await until(async () => (await database.value('SELECT COUNT(*) FROM event_parts'))[0] === 0, { timeout: 600_000, every: 50, what: 'everything is stored' });
  const seconds = (performance.now() - started) / 1000;
  const after = cpuNow(pids);
  agent.destroy();
  const [stored, distinct, owned] = await database.value(`SELECT COUNT(*), COUNT(DISTINCT name), COALESCE(SUM(verdict = 2), 0) FROM events WHERE source_id = '${source.id}' AND day >= CURDATE() - INTERVAL 1 DAY`);
  database.end();
  took.sort((a, b) => a - b);
  const cpu = Object.fromEntries(Object.keys(before).map((k) => [k, Number(((after[k] - before[k]) / events).toFixed(2))]));
  return {
    events, accepted, stored, owned, lost: accepted - distinct, doubled: stored - distinct,
    seconds: Number(seconds.toFixed(2)), sent_seconds: Number(sent.toFixed(2)), per_second: Math.round(accepted / seconds),
    p50_ms: Number(took[took.length >> 1].toFixed(1)), p99_ms: Number(took[Math.floor(took.length * 0.99)].toFixed(1)),
    cpu_us_per_event: cpu, cpu_total: Number(Object.values(cpu).reduce((a, b) => a + b, 0).toFixed(2)),
  };
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const state = process.env.STATE;
  const base = JSON.parse(readFileSync(`${state}/credentials.json`, 'utf8')).base_url;
  const options = { events: Number(process.env.EVENTS ?? 200_000), lines: Number(process.env.LINES ?? 1000), connections: Number(process.env.CONNECTIONS ?? 4) };
  console.log(JSON.stringify(await measureEvents(new Stack({ state, base }), options)));
}
