// Imports that are disturbed, repeated or not what they say they are.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { assert, jobDone, newKey, platform, problem, signIn, test, until } from '../lib/harness.mjs';
import { parts, rows } from '../lib/xlsx.mjs';

const begin = async (who, name, content) => (await who.upload('/assets/imports', { name, content }, { expect: 202 })).json.id;
const importOf = async (who, name, content, options) => jobDone(who, `/imports/${await begin(who, name, content)}`, options);
const total = async (who, q) => (await who.get('/assets', { query: { q, size: 1, total: 'exact' } })).json.total;

/** Kills every worker once the job has got somewhere, and starts them again. */
async function killInTheMiddle(who, id) {
  const kill = await platform().aimAtWorkers();
  await until(async () => { const { json } = await who.get(`/imports/${id}`); return json.rows_done > 0; }, { every: 5, what: 'the job has begun' });
  kill();
  await platform().endLeases();
  await platform().start('worker');
}

test('a killed worker\'s import and its undo go on: every row has its result, nothing stands twice', { timeout: 240_000 }, async () => {
  const unit = await signIn('unit_filler');
  const tag = newKey();
  const lines = Array.from({ length: 5000 }, (_, i) => {
    if (i % 100 === 7) return `${tag} ${i},硬件设备,10.5.300.1`; // not an address
    return `${tag} ${i === 4500 ? 3 : i},硬件设备,10.5.${i === 4500 ? 0 : i >> 8}.${i === 4500 ? 3 : i & 255}`; // one row again, four chunks later
  });
  const id = await begin(unit, '大表.csv', ['资产名称,资产类别,IP地址', ...lines].join('\n'));
  await killInTheMiddle(unit, id);
  const done = await jobDone(unit, `/imports/${id}`);
  assert.deepEqual([done.rows_total, done.rows_done, done.created, done.rejected], [5000, 5000, 4949, 51]);
  assert.equal(await total(unit, tag), 4949);
  const outcome = async (name) => (await unit.get(`/imports/${id}/rows`, { query: { outcome: name, size: 200 } })).json;
  assert.deepEqual([(await outcome('created')).total, (await outcome('rejected')).total], [4949, 51]);
  assert.equal((await outcome('rejected')).items.find((r) => r.row === 4502).code, 'duplicate');

  const { json } = await unit.post(`/imports/${id}/undo`, undefined, { expect: 202 });
  await killInTheMiddle(unit, json.id);
  const undone = await jobDone(unit, `/imports/${json.id}`);
  assert.deepEqual([undone.undone, undone.kept], [4949, 0]);
  assert.equal(await total(unit, tag), 0);
  assert.equal((await outcome('undone')).total, 4949);
});

test('the workbook of rejected rows holds them with their reasons and can be imported again', async () => {
  const unit = await signIn('unit_filler');
  unit.language = 'zh-CN';
  const tag = newKey();
  const job = await importOf(unit, '台账.csv', ['资产名称,资产类别,IP地址', `${tag} 一,硬件设备,10.5.1.1`, `'=${tag} 二,硬件设备,10.5.1.999`, `${tag} 三,没有的类别,10.5.1.3`].join('\n'));
  assert.deepEqual([job.created, job.rejected], [1, 2]);
  assert.match(job.first_problems[0].message, /[一-龥]/, 'said in the importer\'s language');
  const book = await unit.get(job.problems_url.replace('/api/v1', ''));
  const [head, first, second, ...rest] = rows(book.bytes);
  assert.equal(rest.length, 0);
  assert.deepEqual([head[0], first[0], second[0]], ['资产名称', `=${tag} 二`, `${tag} 三`]);
  assert.ok(first.at(-1) && second.at(-1), 'each row has its reason');
  const again = await importOf(unit, 'again.xlsx', book.bytes);
  assert.deepEqual([again.created, again.rejected], [0, 2], 'the column of reasons is passed over');
  const fixed = [head, first, second].map((r) => r.slice(0, 3).map((c) => c.replace('10.5.1.999', '10.5.1.9').replace('没有的类别', '硬件设备')));
  const last = await importOf(unit, 'fixed.csv', fixed.map((r) => r.join(',')).join('\n'));
  assert.deepEqual([last.created, last.rejected], [2, 0]);
});

test('the files of a job go a week after its end, the job and its row results stay', async () => {
  const unit = await signIn('unit_filler');
  const [head, ...lines] = ['资产名称,资产类别,IP地址', `${newKey()},硬件设备,10.5.1.999`];
  const young = await importOf(unit, '新.csv', [head, ...lines].join('\n'));
  const old = await importOf(unit, '旧.csv', [head, ...lines].join('\n'));
  const { json: { id } } = await unit.post('/assets/exports', { format: 'csv' }, { expect: 202 });
  await jobDone(unit, `/imports/${id}`);
  const job = async (of) => (await unit.get(`/imports/${of}`)).json;
  const { result_url } = await job(id);
  await platform().sql(`UPDATE jobs SET finished_at = finished_at - INTERVAL 8 DAY WHERE id IN ('${old.id}', '${id}')`);
  await platform().ctl('retention');
  for (const url of [old.problems_url, result_url]) problem(await unit.get(url.replace('/api/v1', ''), { expect: 404 }), 404, 'not_found');
  const [was, made, now] = [await job(old.id), await job(id), await job(young.id)];
  assert.deepEqual([was.state, was.rejected, was.problems_url, made.state, made.result_url], ['done', 1, null, 'done', null]);
  assert.ok(was.files_expired_at && made.files_expired_at && !now.files_expired_at);
  assert.equal((await unit.get(`/imports/${old.id}/rows`)).json.total, 1);
  await unit.get(now.problems_url.replace('/api/v1', ''));
  assert.deepEqual(await platform().sql(`SELECT COUNT(*) FROM files WHERE subject_id IN ('${old.id}', '${id}')`), [['0']]);
});

test('two rows that claim one number are not written twice, whatever their case', async () => {
  const unit = await signIn('unit_filler');
  const [tag, number] = [newKey(), `AST-${newKey().slice(0, 8)}`];
  const job = await importOf(unit, '编号.csv', ['资产编号,资产名称,资产类别', `${number},${tag} 甲,硬件设备`, `${number.toLowerCase()},${tag} 乙,硬件设备`, `坏 号,${tag} 丙,硬件设备`].join('\n'));
  assert.deepEqual([job.state, job.created, job.rejected], ['done', 1, 2]);
  const renamed = await importOf(unit, '编号.csv', ['资产编号,资产名称,资产类别', `${number.toLowerCase()},${tag} 丁,硬件设备`].join('\n'));
  assert.deepEqual([renamed.updated, renamed.created], [1, 0]);
});

test('what is no spreadsheet fails with a reason and writes nothing', async () => {
  const unit = await signIn('unit_filler');
  const count = await total(unit);
  const dir = mkdtempSync(join(tmpdir(), 'tongchou-sheet-'));
  try {
    const template = (await unit.get('/assets/template', { query: { class: 'hardware' } })).bytes;
    const zip = (name, files) => {
      for (const [path, bytes] of Object.entries(files)) writeFileSync(join(dir, path), bytes);
      execFileSync('python3', ['-c', 'import sys,zipfile\nz=zipfile.ZipFile(sys.argv[1],"w",zipfile.ZIP_DEFLATED)\nfor n in sys.argv[2:]: z.write(n,n.replace("~","/"))', name, ...Object.keys(files)], { cwd: dir });
      return readFileSync(join(dir, name));
    };
    const bomb = Object.fromEntries([...parts(template)].map(([name, bytes]) => [name.replaceAll('/', '~'), bytes]));
    bomb['xl~worksheets~sheet1.xml'] = Buffer.concat([Buffer.from('<worksheet><sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>'), Buffer.alloc(64 << 20, 'a'), Buffer.from('</t></is></c></row></sheetData></worksheet>')]);
    const cases = {
      'cut.xlsx': template.subarray(0, template.length >> 1),
      'noise.xlsx': Buffer.from([0x50, 0x4b, 3, 4, ...Array(400).keys()]),
      'encrypted.xlsx': Buffer.concat([Buffer.from('d0cf11e0a1b11ae1', 'hex'), Buffer.alloc(2048)]),
      'picture.csv': Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex'),
      'bomb.xlsx': zip('bomb.xlsx', bomb),
      'empty.csv': Buffer.from('\n'),
      'headless.csv': Buffer.from('甲,乙\n1,2'),
    };
    for (const [name, bytes] of Object.entries(cases)) {
      const job = await importOf(unit, name, bytes, { state: 'failed' });
      assert.ok(job.error, `${name} says why`);
      assert.doesNotMatch(job.error, /SELECT|mysql|\.c:\d/, name);
      assert.equal(job.created, 0, name);
    }
  } finally {
    rmSync(dir, { recursive: true });
  }
  assert.equal(await total(unit), count);
});

test('rejected rows of an .xls come back as an .xls', async () => {
  const unit = await signIn('unit_filler');
  const tag = newKey();
  for (const name of ['好', '坏']) await unit.post('/assets', { class_code: 'hardware', name: `${tag} ${name}` }, { expect: 201 });
  const { json: asked } = await unit.post('/assets/exports', { format: 'xls', q: tag, class: 'hardware' }, { expect: 202 });
  const { result_url } = await jobDone(unit, `/imports/${asked.id}`);
  const { bytes } = await unit.get(result_url.replace('/api/v1', ''));
  // The names stand in the file as UTF-16; a control character makes one of them wrong.
  const bad = Buffer.from(bytes);
  bad.writeUInt16LE(1, bad.indexOf(Buffer.from('坏', 'utf16le')));
  const { json: begun } = await unit.upload('/assets/imports', { name: '旧.xls', content: bad }, { expect: 202 });
  const done = await jobDone(unit, `/imports/${begun.id}`);
  assert.deepEqual([done.rows_done, done.rejected, done.created, done.updated], [2, 1, 0, 0]);
  const back = await unit.get(done.problems_url.replace('/api/v1', ''));
  assert.equal(back.headers.get('content-type'), 'application/vnd.ms-excel');
  assert.equal(back.bytes.subarray(0, 8).toString('hex'), 'd0cf11e0a1b11ae1');
});
