#!/usr/bin/env node
// The search box of a running site, as fingers and assistive technology meet it.   node search.mjs --base URL
// The suggestions are given here, so that each journey knows what comes and when.
// Exit code: 0 = every journey went as it should, 1 = one did not.
import assert from 'node:assert/strict'; import { execSync } from 'node:child_process';
import { chromium } from 'playwright-core';
const at = process.argv.indexOf('--base'), base = at < 0 ? 'http://127.0.0.1:8080' : process.argv[at + 1];
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM || execSync('command -v chromium').toString().trim(), args: ['--headless', '--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking'] });

const ITEMS = [{ text: 'net one' }, { text: 'net two', kind: 'Concept' }, { text: 'A page', kind: 'Text', href: '/en/about' }];
// What was asked, and how long each answer is kept back.
const visit = async (path, { js = true, wait = () => 0 } = {}) => {
  const ctx = await browser.newContext({ javaScriptEnabled: js, viewport: { width: 1280, height: 900 } }), page = await ctx.newPage(), asked = [], problems = [];
  page.on('pageerror', e => problems.push(String(e))); page.on('console', m => { if (m.type() === 'error') problems.push(m.text()); });
  await page.route('**/suggest?*', async route => {
    const q = new URL(route.request().url()).searchParams.get('q'); asked.push(q); await new Promise(done => setTimeout(done, wait(q)));
    const items = q.startsWith('zz') ? [] : ITEMS.map(i => ({ ...i, text: i.href ? i.text : `${i.text} ${q}` }));
    await route.fulfill({ json: { said: items.length ? `${items.length} suggestions` : '', items } }).catch(() => {});
  });
  await page.goto(base + path);
  const box = page.locator('#find input[name=q]'), list = page.locator('#suggestions'), key = name => page.keyboard.press(name);
  const open = () => list.locator('[role=option]').first().waitFor({ state: 'visible' });
  return { ctx, page, box, list, key, open, asked, problems, status: () => page.locator('#find [role=status]').textContent(), expanded: () => box.getAttribute('aria-expanded'), active: () => box.getAttribute('aria-activedescendant') };
};

const JOURNEYS = {
  async 'the first letter opens a list that arrows walk and Escape closes'() {
    const v = await visit('/en/'); await v.box.focus(); await v.key('ArrowDown'); assert.equal(await v.expanded(), 'false', 'an arrow opens nothing');
    await v.box.pressSequentially('n'); await v.open(); assert.equal(await v.expanded(), 'true'); assert.equal(await v.status(), '3 suggestions');
    await v.key('ArrowDown'); await v.key('ArrowDown'); assert.equal(await v.active(), 'suggestion-1'); assert.equal(await v.list.locator('[aria-selected=true]').textContent(), 'net two n Concept');
    await v.key('ArrowUp'); await v.key('ArrowUp'); assert.equal(await v.active(), null, 'back in the box'); await v.key('ArrowUp'); assert.equal(await v.active(), 'suggestion-2', 'round from below');
    await v.key('Escape'); assert.equal(await v.expanded(), 'false'); assert.equal(await v.box.inputValue(), 'n', 'what was typed stays'); assert.equal(await v.status(), ''); return v;
  },
  async 'Enter takes a word to its search and a title to its page'() {
    const v = await visit('/en/search?q=internet'); await v.box.fill(''); await v.box.pressSequentially('ne'); await v.open(); await v.key('ArrowDown');
    await Promise.all([v.page.waitForURL(/q=net\+one\+ne/), v.key('Enter')]); assert.ok(!/from=|until=/.test(v.page.url()), `empty fields stay out of ${v.page.url()}`);
    await v.page.goBack(); assert.match(v.page.url(), /q=internet/); await v.page.goForward(); assert.match(v.page.url(), /net/); assert.equal(await v.list.isVisible(), false, 'nothing hangs open');
    await v.page.goBack(); const tick = v.page.locator('input[name=kind]').first(); if (await tick.isVisible()) { await tick.check(); await Promise.all([v.page.waitForURL(/kind=/), v.page.getByRole('button', { name: 'Apply filters' }).click()]); await v.page.goBack(); assert.equal(await v.page.locator('input[name=kind]').first().isChecked(), false, 'a box says what the address says'); }
    await v.box.fill(''); await v.box.pressSequentially('ne'); await v.open(); await Promise.all([v.page.waitForURL('**/en/about'), v.list.getByText('A page').click()]); return v;
  },
  async 'an answer that comes late is dropped'() {
    const v = await visit('/en/', { wait: q => (q === 'n' ? 900 : 0) }); await v.box.pressSequentially('n'); await v.page.waitForTimeout(200); await v.box.pressSequentially('e'); await v.open(); await v.page.waitForTimeout(1000);
    assert.equal(await v.list.locator('[role=option]').first().textContent(), 'net one ne'); return v;
  },
  async 'typing fast asks once, and nothing found says nothing'() {
    const v = await visit('/en/'); await v.box.pressSequentially('zzz', { delay: 10 }); await v.page.waitForTimeout(400); assert.deepEqual(v.asked, ['zzz']); assert.equal(await v.expanded(), 'false'); assert.equal(await v.status(), ''); return v;
  },
  async 'nothing is asked while an input method composes'() {
    const v = await visit('/zh/'); await v.box.focus(); const cdp = await v.ctx.newCDPSession(v.page);
    await cdp.send('Input.imeSetComposition', { text: 'ren', selectionStart: 3, selectionEnd: 3 }); await v.page.waitForTimeout(400); assert.deepEqual(v.asked, []);
    await cdp.send('Input.insertText', { text: '人' }); await v.open(); assert.deepEqual(v.asked, ['人']); return v;
  },
  async 'keys work outside fields only, without modifiers, and can be switched off'() {
    const v = await visit('/fr/search?q=internet'); await v.key('/'); assert.ok(await v.box.evaluate(e => e === document.activeElement)); await v.box.press('End'); await v.box.pressSequentially('/?'); assert.equal(await v.box.inputValue(), 'internet/?', 'in a field they are letters');
    await v.page.locator('h1').click(); await v.key('Control+/'); await v.key('Alt+/');
    await v.page.evaluate(() => document.body.dispatchEvent(new KeyboardEvent('keydown', { key: '/', modifierAltGraph: true, bubbles: true }))); assert.ok(await v.box.evaluate(e => e !== document.activeElement), 'no key with a modifier');
    await v.key('?'); const keys = v.page.locator('#keys'); assert.ok(await keys.isVisible()); await keys.locator('input').uncheck(); await v.key('Escape'); assert.ok(!(await keys.isVisible()));
    await v.page.reload(); await v.key('/'); await v.key('?'); assert.ok(!(await keys.isVisible()), 'off'); assert.ok(await v.box.evaluate(e => e !== document.activeElement), 'off');
    await v.page.locator('button.keys').click(); assert.ok(await keys.isVisible(), 'the button of the foot shows them again'); return v;
  },
  async 'without scripts the same form finds the same'() {
    const v = await visit('/en/search?q=internet', { js: false }); assert.equal(await v.box.getAttribute('role'), null); await v.box.fill('satellite'); await v.box.press('Enter'); await v.page.waitForURL(/q=satellite/); await v.page.goBack(); assert.equal(await v.box.inputValue(), 'internet'); return v;
  },
};
let failed = 0;
for (const [name, journey] of Object.entries(JOURNEYS)) {
  try { const v = await journey(); assert.deepEqual(v.problems, []); await v.ctx.close(); console.log('ok   ' + name); } catch (e) { failed++; console.log('FAIL ' + name + '\n       ' + String(e.message).split('\n').slice(0, 6).join('\n       ')); }
}
await browser.close(); console.log(`${failed} of ${Object.keys(JOURNEYS).length} journeys failed`); process.exit(failed ? 1 : 0);
