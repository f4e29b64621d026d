// The import of 100,000 rows against LOAD DATA of all the rows that it wrote (asset, address, history) into empty copies
// of those tables with the same indexes; and the memory of the worker that reads the same rows from an .xlsx.
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { peakKb, tree } from '../lib/cpu.mjs';
import { median } from '../lib/load.mjs';
import { figure } from '../lib/report.mjs';
import { workbook } from '../lib/workbook.mjs';

const ROWS = 100_000;
const LOADS = 3;
const LIMIT_MS = 600_000;
const TITLES = ['资产名称', '资产类别', '所属单位', '重要程度', '操作系统', '系统版本', 'IP地址', '所在机房'];
const WRITTEN = {
  assets: (job) => `SELECT * FROM assets WHERE import_id = '${job}'`,
  asset_addresses: (job) => `SELECT x.* FROM assets a JOIN asset_addresses x ON x.asset_id = a.id WHERE a.import_id = '${job}'`,
  audit_log: (job) => `SELECT * FROM audit_log WHERE job_id = '${job}' AND subject_kind = 'asset'`,
};

async function rowsOf({ stack, shrink }, mark) {
  const units = (await stack.sql('SELECT name FROM bench_units b JOIN orgs o ON o.id = b.id ORDER BY k LIMIT 200')).map(([name]) => name);
  const systems = ['银河麒麟', '统信 UOS', 'openEuler', 'Windows Server'];
  return Array.from({ length: ROWS / shrink }, (_, i) => [
    `${mark} 服务器 ${i}`, i % 8 ? '硬件设备' : '业务信息系统', units[(i * i) % units.length], String(1 + (i % 3)), systems[i % 4], 'V10 SP3',
    `10.${(i >> 16) & 255}.${(i >> 8) & 255}.${i & 255}`, `机房 ${i % 40}`]);
}

const upload = async (client, name, content) => (await client.upload('/assets/imports?dry_run=false', { name, content }, { expect: 202, timeout: 60_000 })).json.id;

/** Waits for the job; tells the peak memory of the workers and what they had started, in kilobytes. */
async function finished(bench, client, id) {
  const workers = [await bench.stack.pid('worker-1'), await bench.stack.pid('worker-2')];
  const peaks = new Map();
  for (const began = performance.now(); ;) {
    for (const worker of workers) for (const pid of tree(worker)) peaks.set(pid, Math.max(peakKb(pid), peaks.get(pid) ?? 0));
    const { json } = await client.get(`/imports/${id}`);
    if (json.state === 'failed' || performance.now() - began > LIMIT_MS) throw new Error(`the import did not end: ${JSON.stringify(json).slice(0, 600)}`);
    if (json.state === 'done') return { job: json, peak: Math.max(...peaks.values()) };
    await pause(100);
  }
}

const secondsOf = async (stack, id) => Number((await stack.sql(`SELECT TIMESTAMPDIFF(MICROSECOND, started_at, finished_at) / 1e6 FROM jobs WHERE id = '${id}'`))[0][0]);

/** Seconds to load the same rows, once for each of LOADS. */
async function loadData(stack, job) {
  const times = [];
  const file = (table) => join(stack.state, 'tmp', `bench-${table}.txt`);
  for (const [table, rows] of Object.entries(WRITTEN)) await stack.sql(`${rows(job)} INTO OUTFILE '${file(table)}' CHARACTER SET utf8mb4`);
  for (let i = 0; i < LOADS; i++) {
    for (const table of Object.keys(WRITTEN)) await stack.sql(`DROP TABLE IF EXISTS bench_${table}; CREATE TABLE bench_${table} LIKE ${table}`);
    const loads = Object.keys(WRITTEN).map((table) => `LOAD DATA INFILE '${file(table)}' INTO TABLE bench_${table} CHARACTER SET utf8mb4`).join(';');
    const [[seconds]] = await stack.sql(`SET @began = SYSDATE(6); ${loads}; SELECT TIMESTAMPDIFF(MICROSECOND, @began, SYSDATE(6)) / 1e6`);
    times.push(Number(seconds));
  }
  const counts = [];
  for (const table of Object.keys(WRITTEN)) counts.push(`${table} ${(await stack.sql(`SELECT COUNT(*) FROM bench_${table}`))[0][0]}`);
  await stack.sql(Object.keys(WRITTEN).map((table) => `DROP TABLE bench_${table}`).join(';'));
  return { times, counts };
}

export async function imports(bench) {
  const { stack } = bench;
  const rows = ROWS / bench.shrink;
  const client = await stack.signIn('analyst');
  const text = [TITLES, ...(await rowsOf(bench, '甲'))].map((row) => row.join(',')).join('\r\n');
  const id = await upload(client, 'bench.csv', text);
  const { job } = await finished(bench, client, id);
  const seconds = await secondsOf(stack, id);
  const { times, counts } = await loadData(stack, id);
  console.log(`\nImport of ${rows} rows (.csv): ${seconds.toFixed(2)} s, ${Math.round(rows / seconds)} rows/s; created ${job.created}, rejected ${job.rejected}`);
  console.log(`LOAD DATA of ${counts.join(', ')}: ${times.map((t) => t.toFixed(2)).join(', ')} s`);
  figure('import: rows created', job.created, rows);
  figure('import of .csv / LOAD DATA of the same rows', median(times) / seconds, 0.5);
  await xlsx(bench, client, rows);
}

async function xlsx(bench, client, rows) {
  const { stack } = bench;
  await stack.restart('worker'); // the peak is of this import alone
  const id = await upload(client, 'bench.xlsx', workbook([TITLES, ...(await rowsOf(bench, '乙'))]));
  const { job, peak } = await finished(bench, client, id);
  const seconds = await secondsOf(stack, id);
  console.log(`\nImport of ${rows} rows (.xlsx): ${seconds.toFixed(2)} s; created ${job.created}, rejected ${job.rejected}`);
  figure('import of .xlsx: rows created', job.created, rows);
  figure('import of .xlsx: largest process', peak / 1024, 300, { most: true, unit: ' MB' });
}
