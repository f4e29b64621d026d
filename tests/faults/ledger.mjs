// People and a unit's system work without pause and a ledger keeps what was acknowledged to them, so that a fault can be judged by reading
// back: everything acknowledged is there, once. A request that got no answer, or 502/503/504, is repeated with the same
// Idempotency-Key and body, as a careful client would; any other refusal fails the test at once.
import { randomBytes, randomInt } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { assert, newKey, problem, promised, until } from '../api/lib/harness.mjs';

const AWAY = [502, 503, 504];
const LINES = 20;
const STEPS = ['warning.create', 'warning.submit', 'warning.approve', 'warning.publish', 'dispatch.sign', 'dispatch.feedback', 'dispatch.return',
  'dispatch.feedback', 'dispatch.accept', 'warning.close'];

async function everything(client, path, query) {
  const rows = [];
  for (let page = 1, last; page === 1 || last.items.length; page++) {
    last = (await client.get(path, { query: { ...query, size: 200, page } })).json;
    rows.push(...last.items);
  }
  return rows;
}

export class Ledger {
  /**
   * @param people signed-in clients {analyst, leader, unit} and {machine}, the unit's system
   * @param {{refusals?: boolean, limit?: number}} options refusals: the API may be away for a moment; limit: ms that an answer may take,
   *   more on a machine that is loaded, and beyond what the slowest took before the fault
   */
  constructor(people, { refusals = true, limit = 15_000 } = {}) {
    Object.assign(this, people, { refusals, limit });
    this.mark = `fault-${randomBytes(5).toString('hex')}`;
    this.assets = new Map();
    this.victim = `198.${18 + randomInt(2)}.${randomInt(256)}.${randomInt(256)}`;
    this.events = 0;
    this.walks = [];
    this.writes = 0;
    this.slowest = { ms: 0 };
    this.statuses = new Map();
  }

  /** One write until it is acknowledged; resolves to the answer. send(key) sends it. */
  async write(send) {
    const key = newKey();
    for (;;) {
      const reply = await this.attempt(() => send(key));
      if (reply && reply.status < 300) {
        this.writes++;
        return reply.json;
      }
      await pause(50);
    }
  }

  /** The answer, or null when it is to be repeated. */
  async attempt(send) {
    const began = performance.now();
    const reply = await send().catch((error) => ({ what: error.message, status: 0 }));
    const ms = performance.now() - began;
    if (ms > this.slowest.ms) this.slowest = { ms, what: reply.what };
    this.statuses.set(reply.status, (this.statuses.get(reply.status) ?? 0) + 1);
    if (reply.status >= 200 && reply.status < 300) return reply;
    const shown = `${reply.what}: ${reply.status} ${reply.text ?? ''}`;
    assert.ok(this.refusals, shown);
    if (reply.status === 503) {
      problem(reply, 503);
      assert.match(reply.headers.get('retry-after') ?? '', /^\d+$/, shown);
    }
    assert.ok(reply.status === 0 || AWAY.includes(reply.status) || (reply.status === 409 && reply.json.code === 'in_progress'), shown);
    return null;
  }

  async read(client, path, options = {}) {
    for (;;) {
      const reply = await this.attempt(() => client.get(path, { ...options, expect: 'any' }));
      if (reply) return reply.json;
      await pause(50);
    }
  }

  summary() {
    const statuses = [...this.statuses].map(([status, n]) => `${n} x ${status || 'no answer'}`).join(', ');
    return `${this.writes} writes, ${this.walks.length} warnings closed, ${this.events} events; ${statuses}; slowest ${Math.round(this.slowest.ms)} ms`;
  }

  async register() {
    const name = `${this.mark}-${(this.named = (this.named ?? 0) + 1)}`;
    const body = { class_code: 'hardware', category_code: '01.01', name, addresses: [{ kind: 'ip', value: '10.66.6.6' }] };
    const made = await this.write((key) => this.unit.post('/assets', body, { key, expect: 'any' }));
    this.assets.set(name, made.id);
  }

  /** Twenty lines of Suricata; each is an event of its own. */
  async report() {
    const first = (this.sent = (this.sent ?? 0) + LINES) - LINES;
    const lines = Array.from({ length: LINES }, (_, i) => JSON.stringify({
      timestamp: new Date().toISOString(), flow_id: first + i, event_type: 'alert', src_ip: '203.0.113.66', dest_ip: this.victim, proto: 'TCP',
      alert: { signature: `${this.mark}-${first + i}`, signature_id: first + i, category: 'test', severity: 2 },
    }));
    const body = `${lines.join('\n')}\n`;
    const answer = await this.write((key) => this.machine.send('/events?format=eve', 'application/x-ndjson', body, { key, expect: 'any' }));
    assert.equal(answer.accepted, LINES, JSON.stringify(answer));
    this.events += LINES;
  }

  /** A warning from the draft to its close; each step is acknowledged before the next. */
  async walk() {
    const { analyst, leader, unit } = this;
    const post = (who, path, body = {}) => this.write((key) => who.post(path, body, { key, expect: 'any' }));
    const title = `${this.mark} ${newKey()}`;
    const targets = { orgs: [unit.user.org_id], regions: [], sectors: [] };
    const draft = await post(analyst, '/warnings', { title, kind_code: 'vulnerability', level: 3, content: '请排查', targets });
    const warning = `/warnings/${draft.id}`;
    this.walks.push(draft.id);
    await post(analyst, `${warning}/submit`);
    await post(leader, `${warning}/approve`);
    await post(analyst, `${warning}/publish`);
    const arrived = async () => (await this.read(unit, '/dispatches', { query: { mine: 'todo', warning: draft.id } })).items[0];
    const dispatch = `/dispatches/${(await until(arrived, { timeout: 120_000, what: `${title} arrives` })).id}`;
    await post(unit, `${dispatch}/sign`);
    await post(unit, `${dispatch}/feedback`, { result: 'handled', text: '已处置' });
    await post(analyst, `${dispatch}/return`, { opinion: '请补充' });
    await post(unit, `${dispatch}/feedback`, { result: 'handled', text: '已补充' });
    await post(analyst, `${dispatch}/accept`);
  }

  /** Everyone works while fault() runs, until work is acknowledged again after it, and then ends what was begun. */
  async during(fault, { walkers = 2, registrars = 1, reporters = 1 } = {}) {
    let going = true;
    const lane = async (act) => { while (going) await act(); };
    const several = (n, act) => Array.from({ length: n }, () => lane(act));
    const lanes = [...several(walkers, () => this.walk()), ...several(registrars, () => this.register()), ...several(reporters, () => this.report()),
      lane(() => this.read(this.unit, '/session')), lane(() => this.read(this.analyst, '/situation/overview'))];
    const failed = new Promise((_, reject) => { for (const one of lanes) one.catch(reject); });
    const more = (than) => Promise.race([failed, until(() => this.writes >= than + 20, { timeout: 120_000, what: 'writes are acknowledged' })]);
    try {
      await more(0);
      this.allowed = promised(this.limit) + this.slowest.ms;
      await Promise.race([failed, fault()]);
      await more(this.writes);
    } finally {
      going = false;
      await Promise.allSettled(lanes);
    }
    await Promise.all(lanes);
    const { ms, what } = this.slowest;
    assert.ok(ms <= this.allowed, `${what} took ${Math.round(ms)} ms, ${Math.round(this.allowed)} are allowed`);
  }

  /** What is read back is what was acknowledged, no more and no less, and nobody was signed out. */
  async settle() {
    for (const who of [this.analyst, this.leader, this.unit]) assert.equal((await who.get('/session')).json.user.id, who.user.id);
    const assets = await everything(this.unit, '/assets', { q: this.mark });
    assert.deepEqual(assets.map((a) => a.id).sort(), [...this.assets.values()].sort());
    // Pages move while events still arrive: read again once all of them have been seen.
    const events = () => everything(this.analyst, '/events', { address: this.victim, q: this.mark });
    const names = (rows) => new Set(rows.map((e) => e.name)).size;
    await until(async () => names(await events()) >= this.events, { timeout: 120_000, every: 500, what: `${this.events} events are stored` });
    const stored = await events();
    assert.deepEqual({ rows: stored.length, names: names(stored) }, { rows: this.events, names: this.events }, 'events are there twice');
    for (const id of this.walks) {
      const { json } = await this.analyst.get(`/warnings/${id}`);
      assert.equal(json.state, 'closed', json.title);
      assert.equal(json.counts.total, 1, json.title);
      const told = (await this.analyst.get(`/warnings/${id}/timeline`, { query: { size: 50 } })).json.items.map((t) => t.action);
      assert.deepEqual(told.reverse(), STEPS, json.title);
    }
  }
}
