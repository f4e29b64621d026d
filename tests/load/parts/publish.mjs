// Publishing one warning to 1,000 units (dispatches, to-dos, notices, in chunks, with its deadline clock) against bare INSERTs of
// the rows that it wrote into empty copies of those tables with the same indexes.
import { until } from '../../api/lib/until.mjs';
import { median } from '../lib/load.mjs';
import { figure } from '../lib/report.mjs';

const UNITS = 1000;
const RUNS = 3;
const WRITTEN = {
  dispatches: (w) => `SELECT * FROM dispatches WHERE warning_id = '${w}'`,
  tasks: (w) => `SELECT * FROM tasks WHERE root_id = '${w}' AND subject_kind = 'dispatch'`,
  notices: (w) => `SELECT n.* FROM dispatches d JOIN notices n ON n.subject_kind = 'dispatch' AND n.subject_id = d.id WHERE d.warning_id = '${w}'`,
};

async function published(stack, analyst, leader, orgs, i) {
  const { json: w } = await analyst.post('/warnings', { title: `压测发布 ${i}`, kind_code: 'vulnerability', level: 3, content: '请排查', targets: { orgs, regions: [], sectors: [] } });
  await analyst.post(`/warnings/${w.id}/submit`, {});
  await leader.post(`/warnings/${w.id}/approve`, {});
  const { json } = await analyst.post(`/warnings/${w.id}/publish`, {});
  await until(async () => (await analyst.get(`/warnings/${w.id}`)).json.state === 'published', { every: 100, what: 'the warning is published' });
  const [[seconds]] = await stack.sql(`SELECT TIMESTAMPDIFF(MICROSECOND, started_at, finished_at) / 1e6 FROM jobs WHERE id = '${json.publication.job_id}'`);
  return { id: w.id, seconds: Number(seconds) };
}

/** Generated columns cannot be written: the columns of a table without them. */
const columnsOf = async (stack, table) => (await stack.sql(`SELECT GROUP_CONCAT(CONCAT('\`', column_name, '\`') ORDER BY ordinal_position) FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = '${table}' AND COALESCE(generation_expression, '') = ''`))[0][0];

async function inserted(stack, warning) {
  const counts = [];
  const inserts = [];
  for (const [table, rows] of Object.entries(WRITTEN)) {
    await stack.sql(`DROP TABLE IF EXISTS bench_${table}, bench_${table}_rows; CREATE TABLE bench_${table} LIKE ${table}; CREATE TABLE bench_${table}_rows AS ${rows(warning)}`);
    const columns = await columnsOf(stack, table);
    counts.push(`${table} ${(await stack.sql(`SELECT COUNT(*) FROM bench_${table}_rows`))[0][0]}`);
    inserts.push(`INSERT INTO bench_${table} (${columns}) SELECT ${columns} FROM bench_${table}_rows`);
  }
  const [[seconds]] = await stack.sql(`SET @began = SYSDATE(6); BEGIN; ${inserts.join('; ')}; COMMIT; SELECT TIMESTAMPDIFF(MICROSECOND, @began, SYSDATE(6)) / 1e6`);
  await stack.sql(Object.keys(WRITTEN).map((table) => `DROP TABLE bench_${table}, bench_${table}_rows`).join(';'));
  return { seconds: Number(seconds), counts };
}

export async function publish({ stack }) {
  const [analyst, leader] = [await stack.signIn('analyst'), await stack.signIn('leader')];
  const orgs = (await stack.sql(`SELECT id FROM bench_units ORDER BY k LIMIT ${UNITS}`)).map(([id]) => id);
  const ratios = [];
  for (let i = 0; i < RUNS; i++) {
    const { id, seconds } = await published(stack, analyst, leader, orgs, i);
    const bare = await inserted(stack, id);
    ratios.push(seconds / bare.seconds);
    console.log(`  publishing to ${orgs.length} units: ${seconds.toFixed(3)} s; bare INSERTs of ${bare.counts.join(', ')}: ${bare.seconds.toFixed(3)} s`);
  }
  figure(`publishing to ${orgs.length} units / bare INSERTs of the same rows`, median(ratios), 3, { most: true });
}
