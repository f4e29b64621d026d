// Template and export by API: what comes out goes in again, and nobody sees more than their scope.
import { assert, jobDone, newKey, problem, signIn, test } from '../lib/harness.mjs';
import { parts, rows } from '../lib/xlsx.mjs';

const upload = async (who, name, content, query = '') => {
  const { json } = await who.upload(`/assets/imports${query}`, { name, content }, { expect: 202 });
  return jobDone(who, `/imports/${json.id}`);
};
const exported = async (who, body) => {
  const { json } = await who.post('/assets/exports', body, { expect: 202 });
  const job = await jobDone(who, `/imports/${json.id}`);
  return { job, id: json.id, file: await who.get(job.result_url.replace('/api/v1', '')) };
};

test('an export holds what the list shows, cells are text, and the same file changes nothing when imported', async () => {
  const unit = await signIn('unit_filler');
  const tag = newKey();
  const name = `=1+1 ${tag}`;
  const made = (await unit.post('/assets', {
    class_code: 'hardware', category_code: '01.02', name, internet_exposed: true, remark: '第一行\n第二行', attributes: { mem_gb: 64, is_virtual: false },
    addresses: [{ kind: 'ip', value: '10.8.0.1' }, { kind: 'ip', value: '10.8.0.2' }, { kind: 'domain', value: `x-${tag}.example.cn` }],
  }, { expect: 201 })).json;
  await unit.post('/assets', { class_code: 'system', name: `别的 ${newKey()}` }, { expect: 201 });

  for (const format of ['xlsx', 'xls', 'csv']) {
    const { job, file } = await exported(unit, { format, q: tag, class: 'hardware' });
    assert.equal(job.rows_done, 1);
    assert.match(file.headers.get('content-disposition'), /attachment/);
    assert.match(file.headers.get('content-disposition'), new RegExp(`\\.${format}`));
    if (format === 'xlsx') {
      const [head, row, ...rest] = rows(file.bytes);
      assert.equal(rest.length, 0);
      const cell = (title) => row[head.indexOf(title)];
      assert.equal(cell('Name'), name);
      assert.equal(cell('Asset number'), made.asset_no);
      assert.equal(cell('IP address'), '10.8.0.1; 10.8.0.2');
      assert.equal(cell('Internet exposed'), 'Yes');
    } else if (format === 'xls') {
      assert.equal(file.bytes.subarray(0, 8).toString('hex'), 'd0cf11e0a1b11ae1');
      assert.equal(file.headers.get('content-type'), 'application/vnd.ms-excel');
    } else {
      assert.ok(file.text.includes(`'${name}`), 'a formula is disarmed');
      assert.ok(!file.text.includes(`,${name}`));
    }
    const again = await upload(unit, `again.${format}`, file.bytes);
    assert.deepEqual([again.created, again.updated, again.rejected, again.rows_done], [0, 0, 0, 1], 'the way back loses nothing');
  }
});

test('an export keeps to the scope and the filters, and its file is its owner\'s', async () => {
  const [unit, other, office] = await Promise.all([signIn('unit_filler'), signIn('unit_filler', { n: 1 }), signIn('analyst')]);
  const total = async (who, query = {}) => (await who.get('/assets', { query: { total: 'exact', size: 1, ...query } })).json.total;
  const mine = await exported(unit, { format: 'csv' });
  assert.equal(mine.job.rows_done, await total(unit));
  const orgs = (await unit.get('/assets', { query: { size: 200 } })).json.items.map((a) => a.org_name);
  for (const line of mine.file.text.trim().split('\r\n').slice(1, 20)) assert.ok(orgs.some((o) => line.includes(o)), line);
  assert.equal((await exported(office, { format: 'csv', class: 'system' })).job.rows_done, await total(office, { class: 'system' }));
  problem(await other.get(`/imports/${mine.id}/result`, { expect: 404 }), 404, 'not_found');
  problem(await office.get(`/imports/${mine.id}/result`, { expect: 404 }), 404, 'not_found');
  const seen = await office.get(`/imports/${mine.id}`, { expect: [200, 404] });
  assert.ok(!seen.json.result_url, 'who may see the job is not shown the file');
  problem(await (await signIn('leader')).post('/assets/exports', { format: 'csv' }, { expect: 403 }), 403, 'forbidden');
  problem(await unit.post('/assets/exports', { format: 'pdf' }, { expect: 422 }), 422, 'invalid', 'format');
});

test('the template names its columns in the reader\'s language, offers the code lists, and is taken back', async () => {
  const unit = await signIn('unit_filler');
  const tag = newKey();
  unit.language = 'zh-CN';
  const file = await unit.get('/assets/template', { query: { class: 'hardware' } });
  const [head] = rows(file.bytes);
  for (const title of ['资产名称', 'IP地址', '分类', '内存（GB）']) assert.ok(head.includes(title), title);
  const sheet = parts(file.bytes).get('xl/worksheets/sheet1.xml').toString();
  assert.match(sheet, /<dataValidation type="list"/);
  const codes = rows(file.bytes, 'xl/worksheets/sheet2.xml').flat();
  for (const word of ['硬件设备', '数据库服务器', '在用', '是']) assert.ok(codes.includes(word), `${word} in ${codes.slice(0, 30)}`);
  const cells = { 资产名称: tag, 资产类别: '硬件设备', 分类: '数据库服务器', IP地址: '10.8.1.1', 互联网可达: '否' };
  const filled = [head, head.map((title) => cells[title] ?? '')].map((r) => r.join(',')).join('\n');
  const job = await upload(unit, 'filled.csv', filled);
  assert.deepEqual([job.created, job.rejected], [1, 0], JSON.stringify(job.first_problems));
  assert.deepEqual((await unit.get('/assets/template', { query: { class: 'hardware' } })).bytes, file.bytes);
  const old = await unit.get('/assets/template', { query: { class: 'hardware', format: 'xls' } });
  assert.equal(old.bytes.subarray(0, 8).toString('hex'), 'd0cf11e0a1b11ae1');
  const empty = await upload(unit, 'old.xls', old.bytes);
  assert.deepEqual([empty.created, empty.rejected, empty.rows_done], [0, 0, 0]);
  problem(await unit.get('/assets/template', { query: { class: 'nothing' }, expect: 400 }), 400, 'bad_parameter', 'class');
});
