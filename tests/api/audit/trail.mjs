// The audit trail against whoever owns the database: what was changed, taken out or cut off is named. Run on the empty
// platform of tests/api/stack/setup.test.mjs, whose API has one child: what that writes is one segment.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { assert, test, until } from '../lib/harness.mjs';

let stack;
/** The report, and whether the command said that all is well. */
async function verify() {
  try {
    return { well: true, report: JSON.parse(await stack.ctl('audit', 'verify')) };
  } catch (error) {
    return { well: false, report: JSON.parse(error.stdout), said: error.stderr };
  }
}
/** A segment with at least `least` sealed rows, and its rows in order. */
async function longest(least = 4) {
  const [[segment, n]] = await stack.sql('SELECT segment, COUNT(*) c FROM audit_log GROUP BY segment ORDER BY c DESC LIMIT 1');
  assert.ok(Number(n) >= least, `${n} rows`);
  return { segment, rows: (await stack.sql(`SELECT id, n FROM audit_log WHERE segment = '${segment}' ORDER BY n`)).map(([id, at]) => ({ id, n: Number(at) })) };
}
/** Runs the damage on a copy that is put back afterwards, and hands over the report in between. */
async function damaged(table, sql, look) {
  const names = `SELECT column_name FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = '${table}' AND is_generated = 'NEVER'`;
  const columns = (await stack.sql(`${names}; CREATE TABLE kept AS SELECT * FROM ${table}; ${sql}`)).map(([c]) => c);
  const found = await verify();
  await stack.sql(`SET foreign_key_checks = 0; DELETE FROM ${table}; INSERT INTO ${table} (${columns}) SELECT ${columns} FROM kept; DROP TABLE kept`);
  look(found);
}
const names = (report, want) => report.problems.some((p) => Object.entries(want).every(([k, v]) => p[k] === v));

/** Fills the trail of a platform that has just started. */
export async function beginTrail(platform) {
  stack = platform;
  // It seals by itself every ten seconds; here nothing must be sealed while rows are damaged.
  await stack.stop('worker-1');
  const admin = await stack.signIn('setup_admin');
  for (let i = 0; i < 12; i++)
    await admin.post('/users', { username: `someone${i}`, display_name: 'x', org_id: admin.user.org_id });
  await stack.ctl('audit', 'seal');
}

/** The tests; beginTrail comes before them. */
export function auditTrail() {
  test('an untouched trail verifies, and says until when it is sealed', async () => {
    const { well, report } = await verify();
    assert.ok(well, JSON.stringify(report));
    assert.ok(report.rows >= 12 && report.segments >= 1 && report.seals >= 1 && report.sealed_until);
    assert.equal(report.problem_count, 0);
    const log = readFileSync(join(stack.state, 'audit/seals.log'), 'utf8').trim().split('\n');
    assert.equal(log.length, report.seals);
  });

  test('rows with another value are named, whatever the value', async () => {
    const { segment, rows } = await longest(10);
    const changes = ['actor_user = UUID()', "action = 'user.delete'", 'at = at + INTERVAL 1 SECOND', "address = '10.0.0.1'", "result = 'refused'", "before_json = '{}'",
      'after_json = NULL', 'org_id = UUID()', "request_id = ''"];
    const sql = changes.map((set, i) => `UPDATE audit_log SET ${set} WHERE id = '${rows[i + 1].id}'`).join(';');
    await damaged('audit_log', sql, ({ well, report, said }) => {
      assert.equal(well, false);
      for (const [i, set] of changes.entries()) assert.ok(names(report, { kind: 'altered', segment, n: rows[i + 1].n }), `${set}: ${JSON.stringify(report)}`);
      assert.match(said, new RegExp(segment));
    });
  });

  test('a row that was taken out is named by its number', async () => {
    const { segment, rows } = await longest();
    await damaged('audit_log', `DELETE FROM audit_log WHERE id = '${rows[2].id}'`, ({ well, report }) => {
      assert.equal(well, false);
      assert.ok(names(report, { kind: 'missing', segment, n: rows[2].n }), JSON.stringify(report));
    });
  });

  test('a sealed tail that was cut off is found, and so is a whole segment', async () => {
    const { segment, rows } = await longest();
    await damaged('audit_log', `DELETE FROM audit_log WHERE segment = '${segment}' AND n >= ${rows.at(-2).n}`, ({ well, report }) => {
      assert.equal(well, false);
      assert.ok(report.problems.some((p) => p.segment === segment && ['cut', 'missing'].includes(p.kind) && p.n === rows.at(-2).n), JSON.stringify(report));
    });
    await damaged('audit_log', `DELETE FROM audit_log WHERE segment = '${segment}'`, ({ well, report }) => {
      assert.equal(well, false);
      assert.ok(report.problems.some((p) => p.segment === segment), JSON.stringify(report));
    });
  });

  test('two rows that changed places are found', async () => {
    const { segment, rows } = await longest();
    const [a, b] = [rows[0], rows[1]];
    const sql = `UPDATE audit_log SET n = 1000000 WHERE id = '${a.id}'; UPDATE audit_log SET n = ${a.n} WHERE id = '${b.id}'; UPDATE audit_log SET n = ${b.n} WHERE id = '${a.id}'`;
    await damaged('audit_log', sql, ({ well, report }) => {
      assert.equal(well, false);
      assert.ok(report.problems.some((p) => p.segment === segment && [a.n, b.n].includes(p.n)), JSON.stringify(report));
    });
  });

  test('a seal that was changed or taken out is found, with its rows too', async () => {
    const [[last]] = await stack.sql('SELECT MAX(seq) FROM audit_seals');
    await damaged('audit_seals', `DELETE FROM audit_seals WHERE seq = ${last}`, ({ well, report }) => assert.ok(!well && report.problems.some((p) => p.kind.startsWith('seal_')), JSON.stringify(report)));
    await damaged('audit_seals', `UPDATE audit_seals SET heads = REPLACE(heads, '0', '1') WHERE seq = ${last}`, ({ well, report }) => assert.ok(!well && report.problems.some((p) => p.kind === 'seal_altered'), JSON.stringify(report)));
  });

  test('put back as it was, the trail verifies again', async () => {
    const { well, report } = await verify();
    assert.ok(well, JSON.stringify(report));
  });

  test('what is not sealed yet is stated; the sealer comes by itself, also after a kill', async () => {
    await stack.start('worker-1');
    await stack.kill('worker-1');
    const admin = await stack.signIn('setup_admin');
    const { well, report } = await verify();
    assert.ok(well && report.unsealed_rows > 0 && report.unsealed_since, JSON.stringify(report));
    await stack.start('worker-1');
    await until(async () => (await verify()).report.unsealed_rows === 0, { every: 500, what: 'the sealer seals again' });
    await admin.get('/session');
  });
}
