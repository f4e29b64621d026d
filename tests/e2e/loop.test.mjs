// The main job in the browser: a unit registers assets, a probe and a sensor report, an analyst turns the alert into a
// warning, a leader approves it, the unit signs and feeds back, is returned once, feeds back again, and it closes.
import { after, assert, before, machine, newKey, platform, promised, signIn, test, until } from '../api/lib/harness.mjs';
import { eveAlert, nmapScan } from './inputs.mjs';
import { answer, confirm, Office, said, visit } from './people.mjs';

const FRESH_MS = 5000;
const tag = newKey().slice(0, 8);
const title = `失陷主机外联 ${tag}`;
const scan = nmapScan();
const alert = eveAlert();

let office;
let unit;
let analyst;
let leader;
let unitName;
let system;
let eyes;
before(async () => {
  office = await Office.open();
  [unit, analyst, leader] = await Promise.all(['unit_filler', 'analyst', 'leader'].map((role) => office.enter(role)));
  unitName = (await platform().account('unit_filler')).org;
  // The demonstration's client 1 is the system of the first unit; eyes reads what another page shows meanwhile.
  [system, eyes] = [await machine({ n: 1 }), await signIn('leader')];
}, { timeout: 600_000 });
after(() => office?.close());

const figure = async (page, name) => {
  await visit(page, '总览');
  const text = await page.getByRole('link').filter({ hasText: name }).first().locator('.tc-figure').innerText();
  return Number(text.replaceAll(',', ''));
};
/** The page asks anew every few seconds, as for whoever looks at it. */
const shows = (page, name, value) => until(async () => (await figure(page, name)) === value, { timeout: promised(4 * FRESH_MS), every: 500, what: `${name} is ${value}` });
const todo = async (page, act) => {
  await visit(page, '预警', '待办');
  await page.getByPlaceholder('预警名称').fill(title); // others leave to-dos as well, and a page has twenty
  await page.keyboard.press('Enter');
  await page.getByRole('row').filter({ hasText: title }).getByRole('link', { name: act, exact: true }).click();
};

test('the unit imports its assets: first a dry run, then for good', async () => {
  const sheet = ['资产名称,资产类别,分类,IP地址', `业务主机 ${tag},硬件设备,数据库服务器,${alert.victim}`, `探测主机 ${tag},硬件设备,数据库服务器,${scan.address}`].join('\n');
  await visit(unit, '资产', '导入资产');
  await unit.locator('input[type=file]').setInputFiles({ name: '台账.csv', mimeType: 'text/csv', buffer: Buffer.from(sheet) });
  await unit.getByRole('button', { name: '试算', exact: true }).click();
  await unit.getByText('2 行可以写入。').first().waitFor();
  assert.equal((await eyes.get('/assets', { query: { q: tag } })).json.total, 0, 'a dry run writes nothing');
  await unit.getByRole('button', { name: '写入台账', exact: true }).click();
  await unit.getByText('导入结果').first().waitFor();
  await visit(unit, '资产', '资产台账');
  await unit.getByRole('link', { name: `业务主机 ${tag}` }).waitFor();
  await unit.getByRole('link', { name: `探测主机 ${tag}` }).click();
  await unit.getByText(scan.address).first().waitFor();
});

test("the probe's scan finds the host, and it is the unit's", async () => {
  await visit(unit, '资产', '探测导入');
  await unit.getByRole('button', { name: '导入探测结果' }).click();
  const drawer = unit.getByRole('dialog', { name: '导入探测结果' });
  await drawer.locator('input[type=file]').setInputFiles({ name: 'scan.xml', mimeType: 'application/xml', buffer: Buffer.from(scan.xml) });
  await drawer.getByRole('button', { name: '导入探测结果' }).click();
  const host = await until(async () => (await eyes.get('/discoveries/hosts', { query: { address: scan.address, owned: true } })).json.items.find((h) => h.org_name === unitName), { what: 'the host is found' });
  assert.equal(host.verdict, 'owned');
});

let event;
test("the sensor's alert arrives with its owner and the evidence", async () => {
  const { json } = await system.send('/events?format=eve', 'application/x-ndjson', `${alert.line}\n{"event_type":"flow"}\n`, { expect: 202 });
  assert.deepEqual([json.accepted, json.ignored, json.rejected], [1, 1, []]);
  event = await until(async () => (await eyes.get('/events', { query: { address: alert.victim, verdict: 'owned', size: 1 } })).json.items[0], { what: 'the event is listed with an owner' });
  assert.deepEqual([event.name, event.verdict, event.org_name], [alert.name, 'owned', unitName]);
  const { evidence } = (await eyes.get(`/events/${event.id}/ownership`)).json;
  assert.ok(evidence.some((e) => e.statement === 'address_registered' && e.org_name === unitName), JSON.stringify(evidence));
});

test('the analyst opens the event, drafts a warning from it and submits it', async () => {
  await visit(analyst, '事件', '安全事件');
  await analyst.getByRole('link', { name: alert.name }).first().click();
  await analyst.getByText('按发生时点判定').waitFor();
  await analyst.getByText(unitName).first().waitFor();
  await analyst.getByRole('button', { name: '起草预警', exact: true }).click();
  await analyst.getByText(unitName).first().waitFor(); // its owner is the addressee
  await analyst.getByLabel('预警名称').fill(title);
  await analyst.getByRole('radio').first().check({ force: true });
  await analyst.getByRole('button', { name: '提交审批' }).click();
  await said(analyst, `「${title}」已提交审批`);
  assert.equal(await analyst.getByRole('button', { name: '审批通过', exact: true }).count(), 0, 'nobody approves the own draft');
});

test('the leader approves it out of the to-do list', async () => {
  await todo(leader, '去审批');
  await leader.getByText(alert.victim).first().waitFor();
  await confirm(leader, '审批通过');
  await said(leader, `「${title}」已审批通过，可以发布`);
  await visit(leader, '预警', '待办');
  await leader.getByRole('row').filter({ hasText: title }).waitFor({ state: 'detached' });
});

const openNow = async () => (await eyes.get('/situation/overview')).json.counters.open_warnings.value;
let open;
test('the analyst publishes it, and the overview has it within 5 seconds', async () => {
  open = await openNow();
  await todo(analyst, '去发布');
  await confirm(analyst, '发布');
  await said(analyst, `「${title}」开始发布`);
  await analyst.getByRole('row').filter({ hasText: unitName }).waitFor();
  await until(async () => (await openNow()) === open + 1, { timeout: promised(FRESH_MS), every: 200, what: 'the figure has risen' });
  await shows(leader, '在办预警', open + 1);
  await leader.getByText(title).first().waitFor();
});

test('the unit signs and feeds back with a file', async () => {
  await todo(unit, '签收');
  await answer(unit, '签收');
  await said(unit, `${unitName}已签收`);
  await feedBack('已断网隔离，正在查杀');
});
async function feedBack(text) {
  await unit.getByLabel('处置说明').fill(text);
  await unit.locator('form input[type=file]').setInputFiles({ name: `处置报告-${tag}.txt`, mimeType: 'text/plain', buffer: Buffer.from(text) });
  await unit.getByText('已上传', { exact: true }).first().waitFor();
  await unit.locator('form').getByRole('button', { name: '反馈', exact: true }).click();
  await said(unit, `「${title}」的反馈已提交，等待审核`);
  await unit.getByText(text).first().waitFor();
}

test('the analyst reads the feedback and returns it, the unit sees why and feeds back again', async () => {
  await todo(analyst, '去审核');
  await analyst.getByText('已断网隔离，正在查杀').first().waitFor();
  const [download] = await Promise.all([analyst.waitForEvent('download'), analyst.getByRole('link', { name: new RegExp(`处置报告-${tag}`) }).first().click()]);
  assert.match(download.suggestedFilename(), new RegExp(tag));
  await confirm(analyst, '继续处置', { why: '请补充查杀结果' });
  await said(analyst, `已退回${unitName}继续处置`);
  await todo(unit, '去反馈');
  await unit.getByText('请补充查杀结果').first().waitFor();
  await feedBack('查杀完成，已恢复业务');
});

test('the analyst accepts, and the warning is closed with its whole story', async () => {
  await todo(analyst, '去审核');
  await analyst.getByText('查杀完成，已恢复业务').first().waitFor();
  await confirm(analyst, '审核通过');
  await said(analyst, `${unitName}的反馈已审核通过`);
  await analyst.getByRole('link', { name: '整件预警' }).click();
  await analyst.getByText('已办结，1/1 家审核通过。').first().waitFor();
  for (const act of ['起草', '提交审批', '审批通过', '签收', '继续处置', '审核通过', '全部办结']) await analyst.getByText(act).first().waitFor();
  await until(async () => (await openNow()) === open, { timeout: promised(FRESH_MS), every: 200, what: 'the figure has fallen' });
  await shows(leader, '在办预警', open);
});

test('a figure of the overview opens its list, with that many rows', async () => {
  const overdue = await figure(leader, '在办预警');
  await leader.getByRole('link').filter({ hasText: '在办预警' }).first().click();
  await leader.waitForURL(/\/warnings\?.*open=true/);
  await leader.getByText(new RegExp(`共\\s*${overdue}\\s*件`)).first().waitFor();
});

test('no page complained', () => office.assertQuiet());
