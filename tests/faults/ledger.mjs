// Sends numbered events without pause and keeps a ledger of what was acknowledged, so that a fault can be judged by
// counting: every acknowledged event is there once. A request that got no answer, or 502/503/504, is repeated with the
// same Idempotency-Key and body, as a careful client would.
import { randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { assert, newKey, until } from '../api/lib/harness.mjs';

const LINES_PER_REQUEST = 20;
// TEST-NET-3 and the benchmark range: addresses of no demonstration unit. One pair per ledger, to find its events again.
let pairs = 0;

export class Ledger {
  constructor(machine) {
    this.machine = machine;
    this.mark = `fault-${randomBytes(4).toString('hex')}`;
    this.address = `203.0.113.${(pairs++ % 250) + 1}`;
    this.acknowledged = [];
    this.repeats = 0;
    this.slowest = 0;
    this.statuses = new Map();
  }

  line(n) {
    return JSON.stringify({
      timestamp: new Date().toISOString().replace('Z', '+0000'), flow_id: n, event_type: 'alert', src_ip: this.address,
      src_port: 1024 + (n % 60000), dest_ip: '198.18.7.7', dest_port: 443, proto: 'TCP',
      alert: { action: 'allowed', gid: 1, signature_id: 9_000_000 + n, rev: 1, signature: `${this.mark}-${n}`, category: 'test', severity: 2 },
    });
  }

  async sendOne() {
    const first = this.sent ?? 0;
    this.sent = first + LINES_PER_REQUEST;
    const names = Array.from({ length: LINES_PER_REQUEST }, (_, i) => first + i);
    const body = `${names.map((n) => this.line(n)).join('\n')}\n`;
    const key = newKey();
    for (;;) {
      const reply = await this.attempt(body, key);
      if (reply?.status === 202) {
        assert.equal(reply.json.accepted, LINES_PER_REQUEST, reply.text);
        this.acknowledged.push(...names);
        return;
      }
      const wait = Number(reply?.headers.get('retry-after') ?? 0);
      assert.ok(!reply || [502, 503, 504].includes(reply.status) || (reply.status === 409 && reply.json.code === 'in_progress'), `${reply?.status} ${reply?.text}`);
      this.repeats++;
      await pause(Math.min(200, wait * 1000 || 50));
    }
  }

  async attempt(body, key) {
    const began = performance.now();
    const reply = await this.machine.send('/events?format=eve', 'application/x-ndjson', body, { key, expect: 'any' }).catch(() => null);
    this.slowest = Math.max(this.slowest, performance.now() - began);
    this.statuses.set(reply?.status ?? 0, (this.statuses.get(reply?.status ?? 0) ?? 0) + 1);
    return reply;
  }

  /** Sends with `lanes` clients while work() runs, and a little after it. */
  async during(work, lanes = 4) {
    let going = true;
    const lane = async () => { while (going) await this.sendOne(); };
    const all = Promise.all(Array.from({ length: lanes }, lane));
    try {
      await until(() => this.acknowledged.length >= LINES_PER_REQUEST * lanes, { what: 'the first events are taken' });
      await work();
      const so_far = this.acknowledged.length;
      await until(() => this.acknowledged.length >= so_far + LINES_PER_REQUEST * lanes, { timeout: 30_000, what: 'events are taken again' });
    } finally {
      going = false;
      await all;
    }
  }

  /** Every acknowledged event is stored once and no other. */
  async settle(reader, timeout = 90_000) {
    const count = async () => (await reader.get('/events', { query: { address: this.address, size: 1, total: 'exact' }, expect: 'any' })).json?.total;
    await until(async () => (await count()) >= this.acknowledged.length, { timeout, what: `${this.acknowledged.length} events are stored` });
    assert.equal(await count(), this.acknowledged.length, 'events are doubled');
  }
}
