// Every page of the router's own list, in both languages, with an account that may open it: nothing on it fails axe's serious
// rules, nothing complains, no text is missing or left in the other language.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeAccount } from '../api/lib/accounts.mjs';
import { after, assert, before, describe, platform, signIn, test, until } from '../api/lib/harness.mjs';
import { ROOT } from '../api/lib/stack.mjs';
import { Office } from './people.mjs';

const AXE = readFileSync(join(ROOT, 'frontend/node_modules/axe-core/axe.min.js'), 'utf8');
const RULES = { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'], resultTypes: ['violations'] };
/** Colours are the same in both languages, and contrast is half of the work. */
const RULES_OF = { 'zh-CN': RULES, en: { ...RULES, rules: { 'color-contrast': { enabled: false } } } };
/** What a record must be for its page to open: the list is asked for one of these. */
const NEEDS = { 'warning-edit': { state: 'draft' } };

let office;
let people;
/** The same people as callers of the interface. */
let clients;
/** Their browsers, by language. */
const at = { 'zh-CN': [], en: [] };
before(async () => {
  office = await Office.open();
  people = await Promise.all(['analyst', 'system_admin', 'security_admin', 'audit_admin'].map((role) => platform().account(role)));
  people.push(await makeAccount('setup_admin', { scope: 'all' })); // its page is there on the first day only
  clients = await Promise.all(people.map((who) => signIn(who)));
  // One after the other: only so many passwords are checked at once.
  for (const [locale, pages] of Object.entries(at))
    for (const who of people) {
      const page = await office.enter(who, { locale, at: '/profile' });
      await page.evaluate(AXE);
      pages.push(page);
    }
}, { timeout: 240_000 });
after(() => office?.close());

const routesOf = (page) => page.evaluate(() => document.querySelector('#app').__vue_app__.config.globalProperties.$router.getRoutes()
  .filter((r) => r.name && !r.meta.open && r.name !== 'home').map((r) => ({ name: r.name, path: r.path, permission: r.meta.permission })));

/** Paths of the pages are those of the interface: /assets/:id/edit shows one of GET /assets. */
async function addressOf(route, client) {
  if (!route.path.includes(':')) return route.path;
  const key = [':id', ':code'].find((k) => route.path.includes(k));
  if (!key) return '/no-such-page';
  const { json } = await client.get(route.path.slice(0, route.path.indexOf(`/${key}`)), { query: NEEDS[route.name] ?? {} });
  assert.ok(json.items.length, `${route.name}: a record to open`);
  return route.path.replace(key, json.items[0][key.slice(1)]);
}

/** In the page: goes there as a link does, and says which page has opened. */
const goTo = async (to) => {
  const router = document.querySelector('#app').__vue_app__.config.globalProperties.$router;
  await router.push(to);
  return router.currentRoute.value.name;
};

async function settle(page) {
  await page.locator('h1, .state-block .title').first().waitFor();
  await until(() => page.evaluate(() => !document.querySelector('.skeleton, .el-loading-mask, [aria-busy="true"]')), { timeout: 30_000, every: 50, what: `${page.url()} is read` });
}

const LOOSE_KEY = /\b(?:app|shared|assets|discovery|ingest|ownership|warnings|tasks|org|access|identity|situation|audit|notify|queue|search|forms|flow|settings|workorders|statistics|addresses)\.[a-z_]+(?:\.[a-z_]+)*\b/g;
/** Headings and labels: what the catalogue says, never what somebody typed. */
const LABELS = 'h2, h3, th, dt, label, legend, [role=tab]';

/** What is wrong with the page as it stands, a line each. */
async function faultsOf(page, locale) {
  const { violations } = await page.evaluate((rules) => window.axe.run(document, rules), RULES_OF[locale]);
  const grave = violations.filter((v) => ['serious', 'critical'].includes(v.impact));
  const loose = (await page.locator('body').innerText()).match(LOOSE_KEY) ?? [];
  const texts = await page.evaluate((labels) => [...document.querySelectorAll(`${labels}, [placeholder]`)].map((e) => e.getAttribute('placeholder') ?? e.textContent), LABELS);
  return [
    ...grave.flatMap((v) => v.nodes.map((n) => `${v.id}: ${n.target.join(' ').replace(/el-id-[\d-]+/g, 'el-id')} in ${n.html.replace(/ data-v-\w+=""/g, '').slice(0, 120)}`)),
    ...loose.map((key) => `no text for ${key}`),
    ...(locale === 'en' ? texts.filter((x) => /\p{Script=Han}/u.test(x)).map((x) => `not translated: ${x.trim()}`) : []),
  ];
}

describe('pages', { concurrency: true }, () => {
  for (const locale of ['zh-CN', 'en']) test(`every page opens and is sound in ${locale}`, async () => {
    const pages = at[locale];
    const faults = {};
    for (const route of await routesOf(pages[0])) {
      const who = clients.findIndex((client) => !route.permission || client.permissions.includes(route.permission));
      assert.notEqual(who, -1, `${route.name}: somebody may open it`);
      assert.equal(await pages[who].evaluate(goTo, await addressOf(route, clients[who])), route.name);
      await settle(pages[who]);
      if (process.env.TONGCHOU_SCREENSHOTS) await pages[who].keep(`${locale}-${route.name}`);
      for (const fault of await faultsOf(pages[who], locale)) faults[fault] = `${faults[fault] ?? ''} ${route.name}`.trim();
    }
    assert.deepEqual(faults, {});
  });
});

test('no page complained', () => office.assertQuiet());
