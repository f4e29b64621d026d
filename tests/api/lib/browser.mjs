// Headless Chromium for browser tests: Debian's chromium driven by playwright-core out of the front end's packages.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './stack.mjs';

const { chromium } = createRequire(join(ROOT, 'frontend/package.json'))('playwright-core');
export const SCREENSHOTS = process.env.TONGCHOU_SCREENSHOTS ?? join(ROOT, 'build/screenshots');

/**
 * One browser; `person()` gives each their own context, so that several people are signed in at once.
 * Everything the page complains about (console errors, exceptions, refused content, failed requests) is collected;
 * `page.assertQuiet()` fails the test on it.
 */
export async function openBrowser() {
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: [...(process.getuid() === 0 ? ['--no-sandbox'] : []), '--disable-dev-shm-usage', '--disable-background-networking'],
  });
  return {
    close: () => browser.close(),
    async person(base, { width = 1440, height = 900, locale = 'zh-CN' } = {}) {
      const context = await browser.newContext({ baseURL: base, viewport: { width, height }, locale, timezoneId: 'Asia/Shanghai', reducedMotion: 'reduce', ignoreHTTPSErrors: true });
      context.setDefaultTimeout(15_000);
      return watch(await context.newPage(), base);
    },
  };
}

function watch(page, base) {
  const complaints = [];
  page.on('console', (message) => {
    // A refused request is judged by the test that makes it; the browser's own line about its status is no fault.
    if (message.type() === 'error' && !/Failed to load resource/.test(message.text())) complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('request', (request) => {
    if (!/^(data|blob):/.test(request.url()) && new URL(request.url()).origin !== new URL(base).origin) complaints.push(`leaves the site: ${request.url()}`);
  });
  page.complaints = complaints;
  page.assertQuiet = () => assert.deepEqual(complaints, []);
  page.keep = async (name) => {
    mkdirSync(SCREENSHOTS, { recursive: true });
    await page.screenshot({ path: join(SCREENSHOTS, `${name}.png`) });
  };
  return page;
}
