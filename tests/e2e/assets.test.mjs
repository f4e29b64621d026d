// The life of an asset in the browser: a probe finds a host that nobody owns, the office gives it to a unit, the unit completes it,
// its reviewer and the office agree, it is changed, seen in the statistics, and retired. Reports are reviewed meanwhile.
import { after, assert, before, newKey, platform, signIn, test, until } from '../api/lib/harness.mjs';
import { makeAccount } from '../api/lib/accounts.mjs';
import { scanXml } from '../api/lib/nmap.mjs';
import { answer, Office, said, visit } from './people.mjs';

const tag = newKey().slice(0, 8);
/** A public address that nobody has registered. */
const address = `61.166.${Math.floor(Math.random() * 250) + 1}.${Math.floor(Math.random() * 250) + 1}`;
const scan = { address, xml: scanXml([{ address, ports: [22, 443] }]) };
const first = `无主主机 ${tag}`;
const name = `业务服务器 ${tag}`;

let office, unit, reviewer, analyst, accepter, admin, eyes, unitName;
const review = async (value) => admin.put('/settings', { name: 'asset.review', value });
before(async () => {
  office = await Office.open();
  [unit, reviewer, analyst] = await Promise.all(['unit_filler', 'unit_reviewer', 'analyst'].map((role) => office.enter(role)));
  const account = await platform().account('unit_filler');
  unitName = account.org;
  [admin, eyes] = [await signIn('system_admin'), await signIn('unit_filler')];
  const [[superior]] = await platform().sql(`SELECT parent_id FROM orgs WHERE id = '${eyes.user.org_id}'`);
  accepter = await office.enter(await makeAccount('analyst', { scope: 'subtree', org: superior }));
  await review(1);
}, { timeout: 600_000 });
after(async () => {
  await review(0);
  await office?.close();
});

/** The step of the path that is one's own, from the to-do list. */
async function decide(page, what) {
  await page.goto('/todo');
  await page.getByRole('row').filter({ hasText: what }).first().getByRole('link', { name: '去审核', exact: true }).click();
  await page.getByRole('button', { name: '同意', exact: true }).click();
  await answer(page, '同意');
}
const mine = async () => (await eyes.get('/assets', { query: { q: tag } })).json.items[0];

test('a host that nobody owns is found and given to a unit', async () => {
  await visit(analyst, '资产', '探测导入');
  await analyst.getByRole('button', { name: '导入探测结果' }).click();
  const drawer = analyst.getByRole('dialog', { name: '导入探测结果' });
  await drawer.locator('input[type=file]').setInputFiles({ name: 'scan.xml', mimeType: 'application/xml', buffer: Buffer.from(scan.xml) });
  await drawer.getByRole('button', { name: '导入探测结果' }).click();
  await visit(analyst, '资产', '无归属资产');
  await analyst.getByRole('textbox').nth(1).fill(scan.address);
  await analyst.keyboard.press('Enter');
  const row = analyst.getByRole('row').filter({ hasText: scan.address }).first();
  await row.getByRole('button', { name: '指定归属' }).click();
  const assign = analyst.getByRole('dialog').filter({ visible: true });
  await assign.getByLabel('资产名称').fill(first);
  await assign.locator('#f-org_id').click();
  await analyst.locator('.el-popper').filter({ visible: true }).getByPlaceholder('按名称查找单位').fill(unitName);
  await analyst.locator('.el-popper').filter({ visible: true }).getByText(unitName, { exact: true }).click();
  await assign.getByLabel('依据').fill('机房核对');
  await assign.getByRole('button', { name: '指定归属' }).click();
  const made = await until(mine, { what: 'the asset is the unit’s' });
  assert.equal(made.name, first);
});

test('the unit completes it, and it holds when reviewer and office have agreed', async () => {
  const { id } = await mine();
  await unit.goto(`/assets/${id}/edit`);
  await unit.getByLabel('资产名称').fill(name);
  await unit.getByLabel('主机名').fill(`host-${tag}`);
  await unit.getByRole('button', { name: '提交审核', exact: true }).click();
  await said(unit, `「${name}」已提交审核`);
  await unit.getByText('报送内容').waitFor();
  await unit.getByText(`host-${tag}`).waitFor();
  assert.equal((await mine()).name, first, 'nothing is changed before');
  await unit.goto(`/assets/${id}`);
  await unit.getByText('有一份报送正在审核').waitFor();
  await decide(reviewer, name);
  await reviewer.getByText('网信受理').first().waitFor();
  await decide(accepter, name);
  await accepter.getByText('已入库').first().waitFor();
  assert.equal((await mine()).name, name);
});

test('it is in the statistics, related to what it carries, and retired at the end', async () => {
  const { id } = await mine();
  await unit.goto(`/assets/${id}?tab=relations`);
  await unit.getByRole('button', { name: '添加关系' }).click();
  const drawer = unit.getByRole('dialog', { name: '添加关系' });
  await drawer.locator('.el-select').first().click();
  await unit.getByRole('option', { name: '承载系统（业务信息系统）' }).click();
  const { json: systems } = await eyes.get('/assets', { query: { class: 'system', size: 1 } });
  await drawer.locator('#f-other_id').fill(systems.items[0].name);
  await unit.getByRole('option', { name: systems.items[0].name }).first().click();
  await drawer.getByRole('button', { name: '添加关系' }).click();
  await said(unit, '关系已建立');
  await unit.getByRole('tab', { name: '影响范围' }).click();
  await unit.getByRole('link', { name: systems.items[0].name }).waitFor();

  await visit(unit, '资产', '资产统计');
  await unit.getByText('资产变化趋势').first().waitFor();
  await unit.goto(`/assets/${id}`);
  await unit.getByRole('button', { name: '申请注销' }).click();
  await answer(unit, '申请注销', '设备下架');
  await unit.getByText('审核中').first().waitFor();
  await decide(reviewer, name);
  await decide(accepter, name);
  await until(async () => (await mine()).state_code === '05', { what: 'it is retired' });
  await unit.goto(`/assets/${id}?tab=history`);
  await unit.getByText('注销').first().waitFor();
  office.assertQuiet();
});
