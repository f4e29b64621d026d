// How large a file may be is a setting for each use; beyond it a clear refusal, and nothing is kept.
import { assert, jobDone, newKey, platform, problem, signIn, test } from '../lib/harness.mjs';
import { scanXml } from '../lib/nmap.mjs';

const MB = 1 << 20;
const any = { expect: 'any' };

test('each use has its own limit, which holds at once', async () => {
  const [system, unit] = await Promise.all([signIn('system_admin'), signIn('unit_filler')]);
  const was = (await system.get('/settings')).json.items;
  const set = (name, value) => system.put('/settings', { name, value });
  const names = ['file.attachment_mb', 'file.sheet_mb', 'file.scan_mb'];
  const files = async () => Number((await platform().sql('SELECT COUNT(*) FROM files'))[0][0]);
  const large = Buffer.alloc(MB + 1, 'x');
  try {
    for (const name of names) await set(name, 1);
    const before = await files();
    const refused = (reply) => {
      problem(reply, 413, 'too_large', 'file');
      assert.deepEqual([reply.json.errors[0].code, reply.json.errors[0].params], ['max_bytes', { limit: 1 }]);
    };
    refused(await unit.upload('/files', { name: 'a.txt', content: large }, any));
    refused(await unit.post('/files/uploads', { name: 'a.txt', bytes: MB + 1 }, any));
    refused(await unit.upload('/assets/imports', { name: 'a.csv', content: large }, any));
    refused(await unit.upload('/discoveries', { name: 'a.xml', content: Buffer.concat([Buffer.from(scanXml([])), large]) }, any));
    assert.equal(await files(), before);
    await unit.upload('/files', { name: 'a.txt', content: large.subarray(0, MB) });
    await set('file.sheet_mb', 2);
    const { json } = await unit.upload('/assets/imports', { name: 'a.csv', content: `资产名称,资产类别\n${newKey()},硬件设备\n${'\n'.repeat(MB)}` }, any);
    await jobDone(unit, `/imports/${json.id}`);
    refused(await unit.upload('/files', { name: 'a.txt', content: large }, any));
    problem(await system.put('/settings', { name: 'file.scan_mb', value: 65 }, any), 422, 'invalid', 'value');
  } finally {
    for (const { name, value } of was.filter((s) => names.includes(s.name))) await set(name, value);
  }
});
