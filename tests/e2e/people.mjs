// People at their browsers: each signed in through the page, each in a context of their own.
import { openBrowser } from '../api/lib/browser.mjs';
import { assert, platform } from '../api/lib/harness.mjs';

// A busy machine draws slowly; a test that waits this long has found something.
const PATIENCE_MS = 120_000;

export class Office {
  static async open() {
    return Object.assign(new Office(), { browser: await openBrowser(), people: [] });
  }

  /** The n-th account with this role, or this account, signed in and looking at the to-do list or another page. */
  async enter(who, { locale = 'zh-CN', at = '/todo', ...which } = {}) {
    const account = typeof who === 'string' ? await platform().account(who, which) : who;
    const page = await this.browser.person(platform().base);
    page.context().setDefaultTimeout(PATIENCE_MS);
    await page.addInitScript((l) => localStorage.setItem('tc.locale', l), locale);
    this.people.push({ role: account.username, page });
    await page.goto(`/sign-in?return=${at}`);
    await page.locator('#username').fill(account.username);
    await page.locator('#password').fill(account.password);
    await page.locator('form button[type=submit]').click();
    await page.waitForURL((url) => url.pathname === at);
    return page;
  }

  /** No page wrote an error, threw, was refused content by its policy or spoke to another site. */
  assertQuiet() {
    for (const { role, page } of this.people) assert.deepEqual(page.complaints, [], role);
  }

  close() { return this.browser.close(); }
}

/** Goes there as a person does: a module of the rail, then a page of its navigation (none: the module's first page). */
export async function visit(page, module, name) {
  const rail = page.getByRole('navigation', { name: '功能模块' });
  const link = rail.getByRole('link', { name: new RegExp(`^${module}`) });
  if ((await link.getAttribute('aria-current')) !== 'true') await link.click();
  if (name) await page.getByRole('navigation').getByRole('link', { name: new RegExp(`^${name}`) }).first().click();
}

/** The platform has said so at the top of the page. */
export const said = (page, text) => page.locator('.el-message__content').filter({ hasText: text }).first().waitFor();

/** Presses a button of the page, then the one of the same name (or `verb`) in the dialog that asks; says why where asked. */
export async function confirm(page, name, { verb = name, why } = {}) {
  await page.getByRole('button', { name, exact: true }).first().click();
  await answer(page, verb, why);
}
export async function answer(page, verb, why) {
  const dialog = page.getByRole('dialog').filter({ visible: true });
  if (why) await dialog.locator('#confirm-why').fill(why);
  await dialog.getByRole('button', { name: verb, exact: true }).click();
  await dialog.waitFor({ state: 'hidden' });
}
