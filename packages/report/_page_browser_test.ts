import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, type TestContext, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import type { StoreContents } from '@paratune/record';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { chromiumArguments } from './_chromium_arguments.ts';
import { paperLike } from './_fixture.ts';
import { hostile, hostileContents } from './_hostile_fixture.ts';
import { tuningLike } from './_tuning_fixture.ts';
import { findChromium } from './find_chromium.ts';
import { writeReport } from './write_report.ts';

const executablePath = findChromium();
const skip = executablePath === undefined ? 'needs Chromium: apt-get install chromium' : false;
const scratch = fs.mkdtempSync(join(tmpdir(), 'paratune-page-'));
let browser: Browser;

before(async () => {
  if (executablePath !== undefined) browser = await chromium.launch({ executablePath, args: [...chromiumArguments] });
});

after(async () => {
  await browser?.close();
  fs.rmSync(scratch, { recursive: true });
});

/** What a page does that it must not: errors, breaches of its policy, requests, dialogs. */
interface Watched {
  page: Page;
  wrongs: string[];
}

async function open(t: TestContext, file: string, options: BrowserContextOptions = {}): Promise<Watched> {
  const context = await browser.newContext(options);
  t.after(() => context.close());
  const page = await context.newPage();
  const wrongs: string[] = [];
  page.on('pageerror', ({ message }) => wrongs.push(message));
  page.on('console', (message) => wrongs.push(message.text()));
  page.on('dialog', (dialog) => {
    wrongs.push(dialog.message());
    void dialog.dismiss();
  });
  const address = pathToFileURL(file).href;
  page.on('request', (request) => {
    if (request.url().split('#')[0] !== address) wrongs.push(request.url());
  });
  await page.goto(address);
  return { page, wrongs };
}

let reports = 0;

async function report(contents: Partial<StoreContents>): Promise<string> {
  const store = { records: [], identities: [], dropped: [], ...contents };
  const output = join(scratch, `${reports++}`);
  return (await writeReport({ store, output, images: false })).page;
}

/** One report for the tests that only look at it. */
let whole: Promise<string> | undefined;

function wholeReport(): Promise<string> {
  const driver = paperLike({ skipped: { 'xen-dom0-256': 'no Xen here' }, diesAbove: { 'uml-256': 3800 }, runs: 2 });
  const tuned = tuningLike({ repetitions: 3 });
  whole ??= report({
    records: [...driver.records, ...tuned.records],
    identities: [...driver.identities, ...tuned.identities],
  });
  return whole;
}

test('it opens from disk, asks for nothing, breaks nothing of its policy, and its figures have names', {
  skip,
}, async (t) => {
  const { page, wrongs } = await open(t, await wholeReport());
  assert.equal(await page.locator('#claims tbody tr').count(), 18);
  const unnamed = await page
    .locator('svg')
    .evaluateAll((all) => all.filter((one) => !one.getAttribute('aria-label')).length);
  assert.equal(unnamed, 0);
  assert.ok((await page.getByRole('img', { name: /^Figure 8\. Rate of the DGEMM driver/ }).count()) >= 1);
  const identifiers = await page.locator('[id]').evaluateAll((all) => all.map(({ id }) => id));
  assert.equal(new Set(identifiers).size, identifiers.length);
  const targets = await page
    .locator('a[href^="#"]')
    .evaluateAll((all) => all.map((link) => link.getAttribute('href')!.slice(1)));
  assert.deepEqual(
    targets.filter((target) => !identifiers.includes(target)),
    [],
  );
  assert.deepEqual(wrongs, []);
});

test('its policy lets in no script, style, picture or request that is not in the file', { skip }, async (t) => {
  const { page, wrongs } = await open(t, await wholeReport());
  const broken = await page.evaluate(`(async () => {
    const directives = [];
    document.addEventListener('securitypolicyviolation', (event) => directives.push(event.effectiveDirective));
    const add = (name, properties) => document.body.append(Object.assign(document.createElement(name), properties));
    add('script', { textContent: 'globalThis.stranger = true' });
    add('style', { textContent: 'body{display:none}' });
    add('img', { src: 'data:image/gif;base64,R0lGODlhAQABAAAAACw=' });
    await fetch('data:text/plain,x').catch(() => {});
    await new Promise((resolve) => setTimeout(resolve, 100));
    return { directives: directives.map((name) => name.split('-')[0]).sort(), stranger: 'stranger' in globalThis };
  })()`);
  assert.deepEqual(broken, { directives: ['connect', 'img', 'script', 'style'], stranger: false });
  assert.ok(wrongs.length >= 4);
});

test('an environment that is hidden goes from figures, tables, findings and raw records, and comes back', {
  skip,
}, async (t) => {
  const { page, wrongs } = await open(t, await wholeReport());
  const box = page.getByRole('checkbox', { name: 'uml-256', exact: true });
  await page.locator('#records-view > summary').click();
  await page.locator('#figure-10 > details > summary').first().click();
  const visible = () =>
    page.evaluate<number[]>(`(() => {
      const seen = (selector) => [...document.querySelectorAll(selector)].filter((one) => one.getClientRects().length > 0);
      return [
        seen('#figure-10 [data-tip^="uml-256"]').length,
        seen('#figure-10 li[data-e]').length,
        seen('#figure-10 th').filter((one) => one.textContent === 'uml-256').length,
        Number(document.querySelector('#records-count').textContent.split(' of ')[1]),
      ];
    })()`);
  const there = await visible();
  assert.ok(
    there.every((count) => count > 0),
    String(there),
  );
  await box.uncheck();
  const hidden = await visible();
  assert.deepEqual(hidden.slice(0, 3), [0, there[1]! - 1, 0]);
  assert.ok(hidden[3]! < there[3]!);
  await box.check();
  assert.deepEqual(await visible(), there);
  assert.deepEqual(wrongs, []);
});

test('values are read by pointer and by keyboard alone', { skip }, async (t) => {
  const { page, wrongs } = await open(t, await wholeReport(), { viewport: { width: 1100, height: 900 } });
  const tip = page.locator('#tip');
  const drawing = page.locator('#figure-08 .drawing:visible');
  await drawing.scrollIntoViewIfNeeded();
  const mark = drawing.locator('[data-tip^="native-256, n = 2000"]').first();
  const at = (await mark.boundingBox())!;
  await page.mouse.move(at.x + at.width / 2, at.y + at.height / 2);
  await tip.filter({ hasText: 'native-256, n = 2000: ' }).waitFor();
  await page.mouse.move(5, 5);
  await tip.waitFor({ state: 'hidden' });

  // From the skip link on, by the keyboard only.
  await page.evaluate('scrollTo(0, 0)');
  await page.keyboard.press('Tab');
  assert.equal(await page.evaluate('document.activeElement.textContent'), 'To the claims');
  await page.keyboard.press('Enter');
  await page.keyboard.press('Tab');
  assert.equal(await page.evaluate('document.activeElement.tagName'), 'SUMMARY');
  await page.keyboard.press('Enter');
  assert.equal(await page.locator('#claim-01 details').getAttribute('open'), '');
  await drawing.focus();
  const said: (string | null)[] = [];
  for (const key of ['ArrowRight', 'ArrowRight', 'ArrowLeft', 'End', 'Home']) {
    await page.keyboard.press(key);
    said.push(await tip.textContent());
  }
  assert.match(said[0]!, /^native-256, n = 100: /);
  assert.match(said[1]!, /^native-256, n = 200: /);
  assert.equal(said[2], said[0]);
  assert.match(said[3]!, /^uml-756, n = 4000: /);
  assert.equal(said[4], said[0]);
  await page.keyboard.press('Escape');
  await tip.waitFor({ state: 'hidden' });
  assert.deepEqual(wrongs, []);
});

test('raw records are searched and leafed through', { skip }, async (t) => {
  const { records, identities } = paperLike({
    environments: ['native', 'uml-256'],
    dimensions: [100, 200, 300],
    diesAbove: { 'uml-256': 250 },
  });
  const { page, wrongs } = await open(t, await report({ records, identities }));
  await page.locator('#records-view > summary').click();
  const count = page.locator('#records-count');
  const rows = page.locator('#records-rows tr');
  assert.equal(await count.textContent(), `1 to 100 of ${records.length}`);
  assert.equal(await rows.count(), 100);
  await page.getByRole('button', { name: 'On' }).click();
  assert.equal(await count.textContent(), `101 to ${records.length} of ${records.length}`);
  await page.getByRole('button', { name: 'Back' }).click();
  const first = records[0]!;
  assert.deepEqual(await rows.first().locator('td').allTextContents(), [
    ...['dgemm-driver', 'native', 'n 100', 'mflops', String('value' in first && first.value), 'Mflops', '0', '0'],
    ...['measured', first.time, first.identity],
  ]);
  await page.getByRole('searchbox').fill('UML-256 killed');
  assert.equal(await count.textContent(), '1 to 5 of 5');
  assert.match((await rows.first().textContent())!, /out of memory: the kernel killed/);
  await page.getByRole('searchbox').fill('nowhere');
  assert.equal(await count.textContent(), 'none');
  assert.deepEqual(wrongs, []);
});

test('on a telephone nothing is wider than it; in the dark the figures are dark; on paper it has pages', {
  skip,
}, async (t) => {
  const file = await wholeReport();
  const phone = await open(t, file, { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true });
  assert.equal(await phone.page.evaluate('document.documentElement.scrollWidth'), 390);
  const drawing = phone.page.locator('#figure-10 .drawing:visible');
  assert.equal(await drawing.count(), 1);
  assert.match((await drawing.getAttribute('class'))!, /narrow/);
  await drawing.scrollIntoViewIfNeeded();
  const at = (await drawing.locator('[data-tip^="uml-256, n = 3000"]').boundingBox())!;
  await phone.page.touchscreen.tap(at.x + at.width / 2, at.y + at.height / 2);
  await phone.page.locator('#tip').filter({ hasText: 'n = 3000: ' }).waitFor();

  const ground = (page: Page) =>
    page.evaluate<string[]>(
      "[getComputedStyle(document.body).backgroundColor, getComputedStyle(document.querySelector('#figure-08 svg > rect')).fill]",
    );
  const dark = await open(t, file, { colorScheme: 'dark' });
  const [body, figure] = await ground(dark.page);
  assert.equal(body, figure);
  assert.notEqual(body, (await ground(phone.page))[0]);
  await dark.page.emulateMedia({ media: 'print' });
  assert.deepEqual(await ground(dark.page), ['rgb(255, 255, 255)', 'rgb(255, 255, 255)']);
  const pdf = await dark.page.pdf({ format: 'A4' });
  const pages = pdf.toString('latin1').match(/\/Type \/Page\b/g)!.length;
  assert.ok(pages > 8 && pages < 60, String(pages));
  assert.deepEqual([...phone.wrongs, ...dark.wrongs], []);
});

test('none, and one environment', { skip }, async (t) => {
  const none = await open(t, await report({}));
  assert.match((await none.page.textContent('main'))!, /The store holds no records yet/);
  const one = await open(t, await report(paperLike({ environments: ['uml-256'], runs: 1 })));
  assert.equal(await one.page.locator('#filter').isVisible(), false);
  assert.match((await one.page.textContent('.glance'))!, /uml-256 from n = \d+ on/);
  assert.deepEqual([...none.wrongs, ...one.wrongs], []);
});

test('100,000 records are a page that is no heavier to open', { skip }, async (t) => {
  const { records, identities } = paperLike({ runs: 72 });
  assert.ok(records.length > 100_000);
  const file = await report({ records, identities });
  const begin = performance.now();
  const { page, wrongs } = await open(t, file);
  t.diagnostic(`opened in ${Math.round(performance.now() - begin)} ms, ${fs.statSync(file).size} bytes`);
  assert.ok(fs.statSync(file).size < 12e6);
  const few = await open(t, await wholeReport());
  const elements = (one: Page) => one.evaluate<number>("document.querySelectorAll('*').length");
  assert.ok((await elements(page)) < 1.5 * (await elements(few.page)));
  await page.locator('#records-view > summary').click();
  assert.equal(await page.locator('#records-count').textContent(), `1 to 100 of ${records.length}`);
  assert.equal(await page.locator('#records-rows tr').count(), 100);
  assert.deepEqual([...wrongs, ...few.wrongs], []);
});

test('hostile strings are shown, and do nothing', { skip }, async (t) => {
  const contents = hostileContents();
  const { page, wrongs } = await open(t, await report(contents));
  await page.locator('#records-view > summary').click();
  assert.equal(await page.locator('#records-count').textContent(), `1 to 100 of ${contents.records.length}`);
  await page.getByRole('searchbox').fill('onerror=alert(1)');
  assert.ok((await page.locator('#records-rows').textContent())!.includes(hostile[1]!));
  for (const box of await page.locator('#filter input').all()) await box.uncheck();
  assert.equal(await page.locator('#records-count').textContent(), 'none');
  assert.equal(await page.locator('img, b, iframe, object, embed').count(), 0);
  assert.equal(await page.locator('script').count(), 2);
  assert.deepEqual(wrongs, []);
});
