// The peer on Node: fastify, mysql2, ioredis. node server.mjs CONFIG.json PROCESSES
//
// The same session check as the platform's (SHA-256 of the cookie, the copy in Redis, kept KEEP_MS in the process), the
// same query, the same bytes; and /overview, which serves the bytes that Redis has for the caller's scope, with ETag.
import cluster from 'node:cluster';
import { createHash } from 'node:crypto';
import { chmodSync, readFileSync, rmSync } from 'node:fs';
import fastify from 'fastify';
import Redis from 'ioredis';
import mysql from 'mysql2/promise';

const config = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const processes = Number(process.argv[3]);
const TOTAL_CAP = 10_000;
const TOTAL_KEEP_MS = 1000;
const EAST_MS = 8 * 3600_000;

const text = { type: ['string', 'null'] };
const item = {
  type: 'object',
  properties: {
    id: { type: 'string' }, asset_no: { type: 'string' }, class_code: { type: 'string' }, category_code: text, name: { type: 'string' },
    state_code: { type: 'string' }, importance: text, main_address: text, org_id: { type: 'string' }, org_name: { type: 'string' },
    os_name: text, os_version: text, internet_exposed: { type: 'boolean' }, source_code: { type: 'string' }, updated_at: { type: 'string' },
    version: { type: 'integer' },
  },
};
const page = {
  type: 'object',
  properties: {
    items: { type: 'array', items: item }, total: { type: 'integer' }, total_more: { type: 'boolean' }, page: { type: 'integer' },
    size: { type: 'integer' }, after: { type: 'string' },
  },
};

const redis = () => new Redis({ path: config.redis, enableAutoPipelining: true });
const pool = () => mysql.createPool({
  socketPath: config.db.socket, user: config.db.user, password: config.db.password, database: config.db.name,
  connectionLimit: config.node_connections, dateStrings: true, charset: 'utf8mb4',
});

function localTime(sql) {
  const at = Date.parse(`${sql.slice(0, 10)}T${sql.slice(11, 23)}Z`) + EAST_MS;
  return `${new Date(at).toISOString().slice(0, 23)}+08:00`;
}

function cursor(row) {
  const at = row.updated_at;
  return `${Date.parse(`${at.slice(0, 10)}T${at.slice(11, 19)}Z`) / 1000}${at.slice(20, 26)}_${row.id}`;
}

function serve() {
  const cache = redis();
  const db = pool();
  const sessions = new Map();
  const totals = new Map();

  async function session(request) {
    const cookies = request.headers.cookie ?? '';
    const at = cookies.indexOf(`${config.cookie}=`);
    if (at < 0) return null;
    const token = cookies.slice(at + config.cookie.length + 1).split(';', 1)[0];
    const hash = createHash('sha256').update(token).digest('hex');
    const kept = sessions.get(hash);
    const now = performance.now();
    if (kept && kept.until > now) return kept;
    const stored = await cache.get(`bench:s:${hash}`);
    const found = stored && JSON.parse(stored);
    if (!found || found.ends * 1000 < Date.now()) return null;
    const made = { ...found, until: now + config.keep_ms };
    made.args = config.scopes[found.kind].params.map((name) => found[name]);
    sessions.set(hash, made);
    return made;
  }

  async function total(who) {
    const kept = totals.get(who.org);
    if (kept?.until > performance.now()) return kept.n;
    const [[{ n }]] = await db.execute(config.scopes[who.kind].count, who.args);
    totals.set(who.org, { n, until: performance.now() + TOTAL_KEEP_MS });
    return n;
  }

  const app = fastify({ logger: false });
  app.get('/api/v1/assets', { schema: { response: { 200: page } } }, async (request, reply) => {
    const who = await session(request);
    if (!who) return reply.code(401).send();
    const [items] = await db.execute(config.scopes[who.kind].page, who.args);
    const full = items.length === 20;
    const counted = full ? await total(who) : items.length;
    const after = full ? cursor(items[19]) : undefined;
    for (const row of items) {
      row.updated_at = localTime(row.updated_at);
      row.internet_exposed = row.internet_exposed !== 0;
    }
    return { items, total: Math.min(counted, TOTAL_CAP), total_more: counted > TOTAL_CAP ? true : undefined, page: 1, size: 20, after };
  });
  app.get('/api/v1/situation/overview', async (request, reply) => {
    const who = await session(request);
    if (!who) return reply.code(401).send();
    const [etag, bytes] = await cache.hmgetBuffer(`bench:overview:${who.kind}:${who.org}`, 'etag', 'bytes');
    reply.header('ETag', etag.toString());
    if (request.headers['if-none-match'] === etag.toString()) return reply.code(304).send();
    return reply.type('application/json').send(bytes);
  });
  app.listen({ path: config.node_socket }).then(() => chmodSync(config.node_socket, 0o666));
}

if (processes > 1 && cluster.isPrimary) {
  rmSync(config.node_socket, { force: true });
  for (let i = 0; i < processes; i++) cluster.fork();
  process.on('SIGTERM', () => {
    for (const worker of Object.values(cluster.workers)) worker.process.kill('SIGKILL');
    process.exit(0);
  });
} else {
  if (processes === 1) rmSync(config.node_socket, { force: true });
  serve();
}
