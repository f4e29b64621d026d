// State changes by 64 writers, with the rows of history, audit and outbox that the platform writes beside them, against the same
// transactions without. The rows are copies of those of a real acknowledgement, under new ids, so that each is as long as it is there.
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { ROOT } from '../../api/lib/stack.mjs';
import { until } from '../../api/lib/until.mjs';
import { median } from '../lib/load.mjs';
import { figure } from '../lib/report.mjs';

const WRITERS = 64;
const ROUNDS = 9;
const EACH = 150; // transactions of a writer in a round

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

/** A table of its own with the same columns and indexes, and an INSERT of one row with some columns given. */
async function copyOf(db, table, row, given) {
  await db.query(`DROP TABLE IF EXISTS bench_w_${table}`);
  await db.query(`CREATE TABLE bench_w_${table} LIKE ${table}`);
  const columns = (await columnsOf(db, table)).filter((c) => !given.includes(c));
  const values = columns.map((c) => row[c]);
  const sql = `INSERT INTO bench_w_${table} (${[...given, ...columns].map((c) => `\`${c}\``)}) VALUES (${[...given, ...columns].map(() => '?')})`;
  return (...own) => [sql, [...own, ...values]];
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

const states = ['handling', 'reviewing'];

async function writer(pool, make, ids, segment, beside) {
  const db = await pool.getConnection();
  const seen = new Map(ids.map((id) => [id, -1])); // the open step of each dispatch
  try {
    await db.query('SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED'); // as the platform's own connections
    for (let i = 0; i < EACH; i++) {
      const id = ids[i % ids.length];
      await db.query('BEGIN');
      const [[d]] = await db.execute('SELECT * FROM bench_w_dispatches WHERE id = ?', [id]);
      const next = states[1 - states.indexOf(d.state)];
      const [done] = await db.execute('UPDATE bench_w_dispatches SET state = ?, version = version + 1, updated_at = UTC_TIMESTAMP(6) WHERE id = ? AND state = ? AND version = ?', [next, id, d.state, d.version]);
      if (done.affectedRows !== 1) throw new Error('a state change was lost');
      await db.execute("UPDATE bench_w_tasks SET state = 'done', outcome = 'sign', closed_at = UTC_TIMESTAMP(6) WHERE open_key = CONCAT(?, ':', ?)", [id, `s${seen.get(id)}`]);
      await db.execute(...make.tasks(crypto.randomUUID(), id, `s${i}`));
      seen.set(id, i);
      if (beside) {
        await db.execute(...make.warning_timeline(crypto.randomUUID(), id));
        await db.execute(...make.audit_log(crypto.randomUUID(), segment, i));
        await db.execute(...make.outbox(crypto.randomUUID(), null));
      }
      await db.query('COMMIT');
    }
  } finally {
    db.release();
  }
}

/** Transactions a second of 64 writers, each on dispatches of its own. */
async function rate(pool, make, beside) {
  const all = Array.from({ length: WRITERS }, () => Array.from({ length: 5 }, () => crypto.randomUUID()));
  for (const id of all.flat()) {
    await pool.execute(...make.dispatches(id, crypto.randomUUID()));
    await pool.execute(...make.tasks(crypto.randomUUID(), id, 's-1'));
  }
  const began = performance.now();
  await Promise.all(all.map((ids) => writer(pool, make, ids, crypto.randomUUID(), beside)));
  return (WRITERS * EACH) / ((performance.now() - began) / 1000);
}

export async function writers({ stack, peers }) {
  const mysql = createRequire(join(ROOT, 'tests/load/peers/node/server.mjs'))('mysql2/promise');
  const { db } = peers.config;
  const pool = mysql.createPool({ socketPath: db.socket, user: db.user, password: db.password, database: db.name, connectionLimit: WRITERS, timezone: 'Z' });
  try {
    const make = await prepare(pool, await example(stack));
    const ratios = [];
    for (let round = 0; round < ROUNDS; round++) {
      // Who comes first changes, so that neither always meets the warmer cache.
      const order = round % 2 ? [true, false] : [false, true];
      const got = {};
      for (const beside of order) got[beside] = await rate(pool, make, beside);
      ratios.push(got.true / got.false);
      console.log(`  ${WRITERS} writers: ${Math.round(got.true)} transactions a second with history, audit and outbox, ${Math.round(got.false)} without`);
    }
    for (const table of ['dispatches', 'tasks', 'warning_timeline', 'audit_log', 'outbox']) await pool.query(`DROP TABLE bench_w_${table}`);
    figure(`state changes by ${WRITERS} writers / without history, audit, outbox`, median(ratios), 0.8);
  } finally {
    await pool.end();
  }
}
