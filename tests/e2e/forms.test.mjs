// A form from the designer to the record: the system administrator adds fields and a condition, tries and publishes them; the
// unit is asked for them, is told what is missing, and sees what it filled in.
import { after, assert, before, newKey, signIn, test } from '../api/lib/harness.mjs';
import { Office, answer, said } from './people.mjs';

let office, admin, unit, system, formId, was;
const tag = newKey().slice(0, 6);
before(async () => {
  system = await signIn('system_admin');
  formId = (await system.get('/forms', { query: { kind: 'asset' } })).json.items.find((f) => f.code === 'emergency' && !f.realm_org_id).id;
  was = (await system.get(`/forms/${formId}`)).json;
  office = await Office.open();
  admin = await office.enter('system_admin', { at: `/forms/${formId}` });
  unit = await office.enter('unit_filler');
}, { timeout: 240_000 });
after(async () => {
  const { json: now } = await system.get(`/forms/${formId}`);
  const { json: draft } = await system.put(`/forms/${formId}`, { version: now.version, label_zh: was.label_zh, label_en: was.label_en, definition: was.definition });
  await system.post(`/forms/${formId}/publish`, { version: draft.version });
  await office?.close();
});

/** A field of the panel by its label, emptied and typed into as a person does, then left. */
async function type(page, label, text) {
  const field = page.getByLabel(label, { exact: true }).first();
  await field.fill('');
  await field.pressSequentially(text);
  await field.press('Tab');
}
/** An item of a list by the list's label, which may say that it is required. */
async function choose(scope, label, name) {
  const page = scope.page?.() ?? scope;
  await scope.locator('.el-select', { has: page.getByLabel(new RegExp(`^${label}(必填)?$`)) }).first().click();
  await page.getByRole('option', { name, exact: true }).locator('visible=true').click();
}
async function add(widget, name, key) {
  await admin.locator('.palette').getByRole('button', { name: widget, exact: true }).click();
  await type(admin, '名称', name);
  await type(admin, '字段标识', key);
}

test('fields are added, named, limited and given a condition; the preview asks what the form asks', async () => {
  await add('是否', `有无预案 ${tag}`, `has_plan_${tag}`);
  await add('数字', `演练时长 ${tag}`, `drill_hours_${tag}`);
  await type(admin, '须为其倍数', '0.5');
  await add('单选', `预案等级 ${tag}`, `plan_level_${tag}`);
  const choices = admin.locator('.rows .row');
  await choices.nth(0).getByLabel('代码').fill('high');
  await choices.nth(0).getByLabel('代码').press('Tab');
  await choices.nth(0).getByLabel('中文').fill('高');
  await admin.getByRole('tab', { name: /显示与必填条件/ }).click();
  await admin.getByRole('button', { name: '增加条件' }).click();
  const rule = admin.locator('.rule');
  await choose(rule, '条件字段', `有无预案 ${tag}`);
  await choose(rule, '效果', '则必填');
  await choose(rule, '受影响的字段', `演练时长 ${tag}`);
  await admin.getByRole('option', { name: `预案等级 ${tag}`, exact: true }).locator('visible=true').click(); // the one that was proposed
  await admin.keyboard.press('Escape');
  const preview = admin.locator('section.tc-panel', { has: admin.getByRole('heading', { name: '预览（可试填）' }) });
  await choose(preview, `有无预案 ${tag}`, '是');
  await preview.locator('.wrong').filter({ hasText: `演练时长 ${tag}` }).waitFor();
  await preview.getByLabel(`演练时长 ${tag}`).pressSequentially('1.5');
  await preview.locator('.wrong').waitFor({ state: 'detached' });
});

test('it is saved as a draft and published as the next version', async () => {
  await admin.getByRole('button', { name: '发布', exact: true }).click();
  await answer(admin, '发布');
  await said(admin, `第 ${was.n + 1} 版已发布`);
  const { json: now } = await system.get(`/forms/${formId}`);
  assert.equal(now.definition.properties[`drill_hours_${tag}`].multipleOf, 0.5);
  assert.deepEqual(now.definition.properties[`plan_level_${tag}`].enum, ['high', '2']);
  assert.ok(now.definition.allOf.some((c) => c.then?.required.includes(`drill_hours_${tag}`)));
});

test('the unit is asked, told what is missing, and sees what it filled in', async () => {
  await unit.goto('/assets/new');
  await unit.locator('#f-name').fill(`应急物资 ${tag}`);
  await choose(unit, '类别', '应急资源');
  await choose(unit, `有无预案 ${tag}`, '是');
  await unit.locator('form button[type=submit]').click();
  await unit.getByRole('alert').filter({ hasText: `演练时长 ${tag}` }).waitFor();
  await unit.getByLabel(`演练时长 ${tag}`).pressSequentially('2.5');
  await choose(unit, `预案等级 ${tag}`, '高');
  await unit.locator('form button[type=submit]').click();
  await unit.waitForURL(/\/assets\/[0-9a-f-]{36}$/);
  for (const text of [`演练时长 ${tag}`, '2.5', `预案等级 ${tag}`, '高']) await unit.getByText(text, { exact: true }).first().waitFor();
});

test('no page complained', () => office.assertQuiet());
