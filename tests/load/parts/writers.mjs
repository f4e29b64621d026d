// State changes by 64 writers, with the rows of history, audit and outbox that the platform writes beside them, against the same
// transactions without. The rows are copies of those of a real acknowledgement, under new ids, so that each is as long as it is there.
import { execFileSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { ROOT } from '../../api/lib/stack.mjs';
import { until } from '../../api/lib/until.mjs';
import { median } from '../lib/load.mjs';
import { figure } from '../lib/report.mjs';

const WRITERS = 64;
const ROUNDS = 9;
const EACH = 300; // transactions of a writer in a round
const RECORDS = 5; // of a writer

/** An acknowledged dispatch, and what it left: rows by table. */
async function example(stack) {
  const [analyst, leader, unit] = await Promise.all(['analyst', 'leader', 'unit_filler'].map((role) => stack.signIn(role)));
  const { json: w } = await analyst.post('/warnings', { title: '状态变更压测', kind_code: 'attack', level: 3, content: '请排查', targets: { orgs: [unit.user.org_id] } });
  await analyst.post(`/warnings/${w.id}/submit`, {});
  await leader.post(`/warnings/${w.id}/approve`, {});
  await analyst.post(`/warnings/${w.id}/publish`, {});
  const dispatch = await until(async () => (await unit.get('/dispatches', { query: { warning: w.id } })).json.items[0], { what: 'the unit has it' });
  await unit.post(`/dispatches/${dispatch.id}/sign`, {});
  return dispatch.id;
}

const columnsOf = async (db, table) => (await db.query(`SELECT column_name AS c FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = ? AND COALESCE(generation_expression, '') = '' ORDER BY ordinal_position`, [table]))[0].map((r) => r.c);

/** A table of its own with the same columns and indexes; an INSERT of a row like this one, of which the writer gives some columns. */
async function copyOf(db, table, row, given) {
  await db.query(`DROP TABLE IF EXISTS bench_w_${table}`);
  await db.query(`CREATE TABLE bench_w_${table} LIKE ${table}`);
  const columns = (await columnsOf(db, table)).filter((c) => !given.includes(c));
  const values = columns.map((c) => (Buffer.isBuffer(row[c]) ? { hex: row[c].toString('hex') } : row[c] === null ? null : String(row[c])));
  const names = [...given, ...columns];
  return { sql: `INSERT INTO bench_w_${table} (${names.map((c) => `\`${c}\``)}) VALUES (${names.map(() => '?')})`, own: given.length, values };
}

async function prepare(db, dispatch) {
  const one = async (sql) => (await db.query(sql, [dispatch]))[0][0];
  const task = await one('SELECT * FROM tasks WHERE subject_id = ? AND state = "open" LIMIT 1');
  return {
    dispatches: await copyOf(db, 'dispatches', await one('SELECT * FROM dispatches WHERE id = ?'), ['id', 'warning_id']),
    tasks: await copyOf(db, 'tasks', task, ['id', 'subject_id', 'step']),
    warning_timeline: await copyOf(db, 'warning_timeline', await one('SELECT * FROM warning_timeline WHERE dispatch_id = ? ORDER BY at DESC LIMIT 1'), ['id', 'dispatch_id']),
    audit_log: await copyOf(db, 'audit_log', await one('SELECT * FROM audit_log WHERE subject_id = ? ORDER BY at DESC LIMIT 1'), ['id', 'segment', 'n']),
    outbox: await copyOf(db, 'outbox', await one('SELECT * FROM outbox WHERE subject_id = ? ORDER BY created_at DESC LIMIT 1'), ['id', 'change_seq']),
  };
}

export async function writers({ stack, peers }) {
  const mysql = createRequire(join(ROOT, 'tests/load/peers/node/server.mjs'))('mysql2/promise');
  const { db } = peers.config;
  const pool = mysql.createPool({ socketPath: db.socket, user: db.user, password: db.password, database: db.name, connectionLimit: 4, timezone: 'Z', dateStrings: true });
  const file = join(stack.state, 'tmp/writers.json');
  try {
    const plan = { socket: db.socket, user: db.user, password: db.password, db: db.name, writers: WRITERS, each: EACH, records: RECORDS, insert: await prepare(pool, await example(stack)) };
    writeFileSync(file, JSON.stringify(plan), { mode: 0o600 });
    const rate = (beside) => Number(execFileSync(join(ROOT, 'build/load/writers'), [file, beside ? '1' : '0'], { encoding: 'utf8' }));
    const ratios = [];
    for (let round = 0; round < ROUNDS; round++) {
      // Who comes first changes, so that neither always meets the warmer cache.
      const got = {};
      for (const beside of round % 2 ? [true, false] : [false, true]) got[beside] = rate(beside);
      ratios.push(got.true / got.false);
      console.log(`  ${WRITERS} writers: ${Math.round(got.true)} transactions a second with history, audit and outbox, ${Math.round(got.false)} without`);
    }
    for (const table of ['dispatches', 'tasks', 'warning_timeline', 'audit_log', 'outbox']) await pool.query(`DROP TABLE bench_w_${table}`);
    figure(`state changes by ${WRITERS} writers / without history, audit, outbox`, median(ratios), 0.8);
  } finally {
    rmSync(file, { force: true });
    await pool.end();
  }
}
