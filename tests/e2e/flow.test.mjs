// An approval path from the drawing to the decision: the system administrator makes a sub-system's own path with a second step,
// what does not fit is named, and a warning of that sub-system goes along it: two leaders, a return, an urge.
import { after, assert, before, newKey, signIn, test, until } from '../api/lib/harness.mjs';
import { makeAccount } from '../api/lib/accounts.mjs';
import { answer, confirm, Office, said } from './people.mjs';

let office, admin, drafter, first, second, city, title;
const tag = newKey().slice(0, 6);
before(async () => {
  const system = await signIn('system_admin');
  const { json: root } = await system.get(`/orgs/${system.user.org_id}`);
  const body = { region_code: root.region_code, org_level: root.org_level, org_type: '99' };
  city = (await system.post('/orgs', { ...body, name: `试点网信办 ${tag}`, parent_id: root.id })).json;
  await system.put(`/realms/${city.id}`, { active: true, version: city.version });
  const make = (role) => makeAccount(role, { scope: 'subtree', org: city.id });
  const [analyst, one, two] = await Promise.all([make('analyst'), make('leader'), make('leader')]);
  const { json: row } = await system.get(`/users/${two.id}`);
  await system.put(`/users/${two.id}`, { version: row.version, display_name: `主任 ${tag}`, state: 'active' });
  title = `试点预警 ${tag}`;
  const client = await signIn(analyst);
  const { json: w } = await client.post('/warnings', { title, kind_code: 'vulnerability', level: 2, content: '请排查', targets: { orgs: [city.id], regions: [], sectors: [] } });
  office = await Office.open();
  admin = await office.enter('system_admin', { at: '/flows' });
  drafter = await office.enter(analyst, { at: `/warnings/${w.id}` });
  [first, second] = [await office.enter(one, { at: `/warnings/${w.id}` }), await office.enter(two, { at: `/warnings/${w.id}` })];
}, { timeout: 240_000 });
after(() => office?.close());

async function choose(scope, label, name) {
  const page = scope.page?.() ?? scope;
  await scope.locator('.el-select', { has: page.getByLabel(new RegExp(`^${label}(必填)?$`)) }).first().click();
  await page.getByRole('option', { name, exact: true }).locator('visible=true').click();
}

test('a path for the sub-system is drawn from the platform’s: a second step, for a person', async () => {
  await admin.getByRole('button', { name: '新建流程' }).click();
  const drawer = admin.getByRole('dialog');
  await choose(drawer, '子系统', city.name);
  await choose(drawer, '用途', '预警审批');
  await drawer.getByLabel('名称').fill(`两级审批 ${tag}`);
  await drawer.getByRole('button', { name: '新建流程' }).click();
  await admin.getByRole('heading', { name: `两级审批 ${tag}` }).waitFor();
  await admin.locator('.rows').getByRole('button', { name: '审批', exact: true }).click();
  await admin.locator('.palette').getByRole('button', { name: '办理环节' }).click();
  await admin.getByLabel('名称', { exact: true }).fill('主任审批');
  await admin.getByLabel('名称', { exact: true }).press('Enter');
  await choose(admin, '由谁办理', '指定人员');
  await admin.getByRole('button', { name: '保存草稿' }).click();
  await admin.getByRole('alert').getByText(/填写不完整/).waitFor();
  const who = admin.locator('.el-select', { has: admin.getByLabel('人员') }).first();
  await who.click();
  await who.locator('input').pressSequentially(`主任 ${tag}`);
  await admin.getByRole('option', { name: new RegExp(`主任 ${tag}`) }).locator('visible=true').click();
  await admin.keyboard.press('Escape');
  await admin.getByRole('button', { name: '保存草稿' }).click();
  await said(admin, '草稿已保存');
  assert.equal(await admin.getByRole('button', { name: '撤销' }).isDisabled(), true, 'what is saved is not undone');
  await admin.keep('flow-designer');
  await confirm(admin, '启用');
  await said(admin, '已启用');
  await admin.getByText('第 1 版').first().waitFor();
});

test('the canvas takes a mouse: a step is dragged, connected, and taken back', async () => {
  const canvas = admin.getByRole('application');
  const step = canvas.locator('.lf-node').filter({ hasText: '主任审批' });
  const from = await step.boundingBox();
  const at = [from.x + 34, from.y + from.height - 22]; // beside the name and the dots
  await admin.mouse.move(...at);
  await admin.mouse.down();
  await admin.mouse.move(at[0] + 60, at[1] + 80, { steps: 8 });
  await admin.mouse.up();
  await admin.getByText('有未保存的修改').waitFor();
  const to = await step.boundingBox();
  assert.ok(to.x > from.x + 30 && to.y > from.y + 50, 'it went where it was dragged');
  await admin.getByRole('button', { name: '撤销' }).click();
  await until(async () => Math.abs((await step.boundingBox()).x - from.x) < 3, { what: 'it is back' });
  await admin.getByText('有未保存的修改').waitFor({ state: 'hidden' });
});

test('the warning goes along it; the first step is any leader’s, the second only the named one’s', async () => {
  await confirm(drafter, '提交审批');
  await drafter.getByText(`两级审批 ${tag}`, { exact: false }).first().waitFor();
  await first.getByRole('button', { name: '审批通过', exact: true }).waitFor();
  await confirm(first, '审批通过');
  await first.getByText('主任审批').first().waitFor();
  await first.getByRole('button', { name: '审批通过', exact: true }).waitFor({ state: 'hidden' });
  const seats = drafter.locator('.seats li');
  await seats.filter({ hasText: `主任 ${tag}` }).waitFor();
  await seats.getByRole('button', { name: '更多操作' }).click();
  await drafter.getByRole('menuitem', { name: '催办' }).click();
  await drafter.getByRole('dialog').getByRole('button', { name: '催办' }).click();
  await said(drafter, '已催办');
});

test('the second one returns it to the first step, then both decide and it is approved', async () => {
  await second.locator('.seats li').filter({ hasText: '主任审批' }).getByRole('button', { name: '更多操作' }).click();
  await second.getByRole('menuitem', { name: '退回' }).click();
  const drawer = second.getByRole('dialog');
  await choose(drawer, '退回到', '审批');
  await drawer.getByRole('button', { name: '退回' }).click();
  await drawer.getByText('请写明原因').first().waitFor();
  await drawer.getByLabel(/^意见/).fill('请补充影响范围');
  await drawer.getByRole('button', { name: '退回' }).click();
  await said(second, '已退回');
  await first.getByRole('button', { name: '审批通过', exact: true }).waitFor();
  await confirm(first, '审批通过');
  await second.getByRole('button', { name: '审批通过', exact: true }).waitFor();
  await confirm(second, '审批通过');
  await drafter.getByRole('button', { name: '发布', exact: true }).waitFor();
  await drafter.getByText('意见：请补充影响范围').first().waitFor();
  await drafter.getByRole('button', { name: '流程图' }).click();
  await drafter.getByRole('dialog').locator('.lf-node').first().waitFor();
  await drafter.keep('flow-run');
  office.assertQuiet();
});
