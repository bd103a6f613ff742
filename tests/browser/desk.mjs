#!/usr/bin/env node
// A piece on its way, in a real browser and through a real mail server on this machine: a researcher hands
// in a PDF in French over a line that breaks twice, a reviewer asks for a revision in Spanish, the author
// revises with the page in Arabic, an editor accepts in English, a reader finds and cites it in Chinese.
// Once with scripts, once by forms alone; axe looks at every page on the way, and keys alone move the queue.
//   node desk.mjs --base URL --smtp PORT --link SIGN-IN-LINK --pdf FILE [--shots FOLDER] [--only WORDS] [--seed N] [--evenings N]
// Exit code: 0 = every story went as it should, 1 = one did not.
import assert from 'node:assert/strict'; import { execSync } from 'node:child_process'; import { createHmac } from 'node:crypto'; import fs from 'node:fs'; import net from 'node:net';
import { chromium } from 'playwright-core';
const option = (name, fallback) => { const at = process.argv.indexOf('--' + name); return at < 0 ? fallback : process.argv[at + 1]; };
const base = option('base'), shots = option('shots'), axe = fs.readFileSync(new URL('./node_modules/axe-core/axe.min.js', import.meta.url), 'utf8');
if (shots) fs.mkdirSync(shots, { recursive: true });

// The mail server: it takes every mail and keeps it.
const mails = [];
const decoded = raw => {
  const [head, ...rest] = raw.split('\r\n\r\n'), body = rest.join('\r\n\r\n');
  const kind = /content-type: ([^;\r\n]+)(?:;[^\r\n]*|;\r\n\s+[^\r\n]*)*?boundary="?([^"\r\n;]+)/i.exec(head);
  if (kind) return body.split('--' + kind[2]).slice(1, -1).flatMap(part => decoded(part.replace(/^\r\n/, '')));
  const way = (/content-transfer-encoding: (\S+)/i.exec(head) || [])[1] || '7bit';
  const text = way === 'base64' ? Buffer.from(body, 'base64').toString() : way === 'quoted-printable' ? Buffer.from(body.replace(/=\r\n/g, '').replace(/=([0-9A-F]{2})/g, (_, hex) => String.fromCharCode(parseInt(hex, 16))), 'latin1').toString() : body;
  return [{ type: (/content-type: ([^;\r\n]+)/i.exec(head) || [])[1] || 'text/plain', text }];
};
net.createServer(socket => {
  let data = false, to = '', text = ''; socket.write('220 here\r\n'); socket.setEncoding('latin1'); let rest = '';
  socket.on('error', () => {}); socket.on('data', chunk => {
    rest += chunk;
    for (let end; (end = rest.indexOf('\r\n')) >= 0;) {
      const line = rest.slice(0, end); rest = rest.slice(end + 2);
      if (data) {
        if (line === '.') { data = false; mails.push({ to, raw: text, parts: decoded(text) }); socket.write('250 kept\r\n'); } else text += line.replace(/^\./, '') + '\r\n';
      } else if (/^RCPT/i.test(line)) { to = /<(.*)>/.exec(line)[1]; socket.write('250 ok\r\n'); } else if (/^DATA/i.test(line)) { data = true; text = ''; socket.write('354 go on\r\n'); } else if (/^QUIT/i.test(line)) { socket.end('221 bye\r\n'); } else socket.write('250 ok\r\n');
    }
  });
}).listen(Number(option('smtp')), '127.0.0.1');
const until = async (what, ask, seconds = 40) => { for (let n = 0; n < seconds * 10; n++) { const found = await ask(); if (found) return found; await new Promise(done => setTimeout(done, 100)); } throw new Error('never came: ' + what); };
const plain = mail => mail.parts.find(part => part.type === 'text/plain').text;
// The next mail to somebody that was not read yet.
const read = new Map(); const mailTo = async to => { const seen = read.get(to) || 0; const own = await until('a mail to ' + to, () => { const all = mails.filter(m => m.to === to); return all.length > seen && all; }); read.set(to, seen + 1); return own[seen]; };
const linkIn = mail => /https?:\/\/\S+/.exec(plain(mail))[0];
const code = secret => {
  const bits = [...secret].map(c => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(c).toString(2).padStart(5, '0')).join(''), key = Buffer.from(bits.match(/.{8}/g).map(b => parseInt(b, 2)));
  const step = Buffer.alloc(8); step.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30000))); const h = createHmac('sha1', key).update(step).digest(), o = h[19] & 15;
  return String((h.readUInt32BE(o) & 0x7fffffff) % 1e6).padStart(6, '0');
};

const browser = await chromium.launch({ executablePath: process.env.CHROMIUM || execSync('command -v chromium').toString().trim(), args: ['--headless', '--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking'] });
const strangers = [], problems = []; let scripts = 0;
const person = async ({ js, width = 1280 }) => {
  const ctx = await browser.newContext({ javaScriptEnabled: js, viewport: { width, height: 900 }, permissions: js ? ['clipboard-read', 'clipboard-write'] : [] }), page = await ctx.newPage();
  page.on('pageerror', e => problems.push(String(e))); page.on('request', r => { if (!r.url().startsWith(base)) strangers.push(r.url()); });
  page.on('response', async r => { if (r.url().endsWith('.js')) scripts = Math.max(scripts, (await r.body().catch(() => Buffer.alloc(0))).length); });
  return { ctx, page };
};
// Looks at the page as a program for accessibility does. It runs in a page with scripts, whatever the visitor has.
const judge = await browser.newContext(), bench = await judge.newPage();
const look = async (page, name) => {
  if (shots) for (const width of [360, 1280]) { await page.setViewportSize({ width, height: 900 }); await page.screenshot({ path: `${shots}/${name}-${width}.png`, fullPage: true }); }
  await page.setViewportSize({ width: 1280, height: 900 });
  const wide = await page.evaluate(() => document.documentElement.scrollWidth > innerWidth + 1).catch(() => false); assert.ok(!wide, `${name}: wider than the window`);
  await bench.setContent((await page.content()).replace(/<script[^>]*><\/script>/g, '')); await bench.addScriptTag({ content: axe });
  const found = await bench.evaluate(() => axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] }));
  assert.deepEqual(found.violations.map(v => `${v.id}: ${v.nodes.map(n => n.target.join(' ')).slice(0, 3).join(', ')}`), [], `axe at ${name}`);
};
const press = (page, name) => Promise.all([page.waitForNavigation(), name.click()]);
const button = (page, act) => page.locator(`form[action$="${act}"] button`).first();

const editor = await person({ js: true });
const signInEditor = async () => {
  const { page } = editor; await page.goto(option('link')); await look(page, 'sign-in-link'); await press(page, page.locator('main form button'));
  await look(page, 'code-set-up'); const secret = await page.locator('input[name=secret]').inputValue(); await page.fill('#code', '000000'); await press(page, page.locator('main form button')); await look(page, 'code-wrong');
  await page.fill('#code', code(secret)); await press(page, page.locator('main form button')); assert.equal(await page.locator('.codes li').count(), 10); await look(page, 'recovery'); await press(page, page.locator('main article a').last()); await look(page, 'desk-editor');
};

const story = async (js, name) => {
  const title = `Réseaux ${js ? 'avec' : 'sans'} script`, mark = js ? 'quokkavec' : 'quokkasans', ada = `ada.${name}@uni.example`, rosa = `rosa.${name}@rev.example`;
  const author = await person({ js }), { page, ctx } = author;
  await page.goto(base + '/fr/submit'); await look(page, `${name}-submit`); await press(page, button(page, '/submit')); assert.equal(await page.locator('[role=alert] li').count(), 2, 'what is missing is named above'); assert.equal(await page.locator('[aria-invalid]').count(), 2, 'and beside the fields'); await look(page, `${name}-submit-wrong`);
  await page.check('input[value=white-paper]'); await page.fill('#title', title); await page.fill('#mail', ada); await press(page, button(page, '/submit')); const id = /pieces\/([0-9a-f-]{36})/.exec(page.url())[1];
  await look(page, `${name}-edit-1`);
  await page.fill('#summary', 'Ce que deviennent les réseaux.');
  const text = `## Constat\n\nLes réseaux changent partout, ${mark}. ${'Une phrase de plus. '.repeat(12)}\n\n## Suite\n\nLe deuxième point.\n\nLe troisième point se cite.`;
  if (js) {
    const state = words => until('the line that says ' + words, async () => (await page.locator('#saved').textContent()).includes(words));
    await page.locator('#text').pressSequentially('Une ligne.'); await state('Enregistré');
    // The line goes; what is typed meanwhile is on the device, and is sent when it is back.
    await ctx.setOffline(true); await page.fill('#text', text); await state('appareil'); await ctx.setOffline(false); await state('Enregistré');
    // The tab is closed before the server has the last words: they are offered again.
    await ctx.setOffline(true); await page.fill('#summary', 'Ce que deviennent les réseaux, en bref.'); await page.waitForTimeout(100); await page.close(); await ctx.setOffline(false);
    author.page = await ctx.newPage(); author.page.on('pageerror', e => problems.push(String(e)));
    const again = author.page; await again.goto(`${base}/fr/desk/pieces/${id}/edit/1`); await look(again, `${name}-restore`); await again.locator('.note button').first().click(); await until('the words are back', async () => (await again.inputValue('#summary').catch(() => '')) === 'Ce que deviennent les réseaux, en bref.'); assert.equal(await again.locator('.note button').count(), 0);
  } else { await page.fill('#text', text); await press(page, page.locator('button[value=later]')); }
  const p = author.page; const file = `${option('pdf')}`;
  if (js) {
    // A file of some megabytes over a slow line that breaks twice.
    const big = `${process.env.TMPDIR || '/tmp'}/observatory-desk-${process.pid}.pdf`; fs.writeFileSync(big, Buffer.concat([fs.readFileSync(file), Buffer.from('\n%' + 'x'.repeat(2_000_000) + '\n')]));
    let parts = 0, broken = 0; await p.route('**/file?at=*', async route => { parts++; if (route.request().method() === 'PUT' && (parts === 3 || parts === 7)) { broken++; await route.abort('connectionreset'); } else { await new Promise(done => setTimeout(done, 60)); await route.continue(); } });
    await p.setInputFiles('#file', big); await Promise.all([until('the file', async () => (await p.locator(`a[href$="${id}/file"]`).count()) > 0), p.locator('#upload button').click()]); assert.equal(broken, 2, 'the line broke twice'); fs.unlinkSync(big); await p.unroute('**/file?at=*');
  } else { await p.setInputFiles('#file', file); await press(p, p.locator('#upload button')); }
  await until('the file is read', async () => { await p.reload(); return (await p.locator('.meta').allTextContents()).some(words => /\d page/.test(words)); }); await look(p, `${name}-file`);
  await press(p, p.locator('button[value=next]')); await p.fill('#name-0', 'Ada Exemple'); await p.fill('#orcid-0', '0000-0002-1825-0098'); await p.fill('#affiliation-0', 'Université d’exemple'); await p.fill('#ror-0', '05a28rw58'); await press(p, p.locator('button[value=next]'));
  await p.check('input[value=cc-by]'); await p.fill('#interests', 'Aucun.'); await p.fill('#ai-use', 'Aucune.'); await press(p, p.locator('button[value=next]'));
  // The number with a wrong last digit was kept as typed, and is asked for before sending.
  await look(p, `${name}-check-wrong`); await p.locator('[role=alert] a').first().click(); await press(p, p.locator('dd a').nth(6)); assert.equal(await p.inputValue('#orcid-0'), '0000-0002-1825-0098'); await look(p, `${name}-orcid-wrong`); await p.fill('#orcid-0', '0000-0002-1825-0097'); await press(p, p.locator('button[value=next]')); await press(p, p.locator('button[value=next]'));
  assert.equal(await p.locator('form[action$="/send"]').count(), 0, 'nobody sends before the address is theirs');
  await p.goto(linkIn(await mailTo(ada))); await press(p, p.locator('main form button')); await p.goto(`${base}/fr/desk/pieces/${id}/edit/4`); await look(p, `${name}-check`); await press(p, button(p, '/send')); await look(p, `${name}-sent`);
  const receipt = await mailTo(ada); assert.match(plain(receipt), /\d{4}-\d{4}/, 'a number');

  // The editor's hands stay on the keyboard.
  const e = editor.page; await e.goto(base + '/en/desk/queue'); await look(e, `${name}-queue`);
  for (let n = 0; n < 40 && (await e.evaluate(() => document.activeElement.textContent)) !== title; n++) await e.keyboard.press('j');
  await Promise.all([e.waitForNavigation(), e.keyboard.press('Enter')]); assert.match(e.url(), new RegExp(id)); await e.keyboard.press('a'); await e.keyboard.press('Tab'); await e.keyboard.type('Rosa Ejemplo'); await e.keyboard.press('Tab'); await e.keyboard.type(rosa); await e.selectOption('#reviewer-language', 'es'); await look(e, `${name}-assign`); await press(e, e.locator('details[open] form button').last());

  const reviewer = await person({ js, width: 360 }), r = reviewer.page, asked = await mailTo(rosa); assert.ok(asked.parts.some(part => /calendar/.test(part.type) && part.text.includes('BEGIN:VEVENT')), 'a file for the calendar');
  await r.goto(linkIn(asked)); await look(r, `${name}-review`); assert.ok(!(await r.content()).includes('Ada'), 'nobody is named'); assert.equal(await r.locator('textarea').count(), 0);
  const copy = await r.request.get(base + (await r.locator('a[href*="/review/file"]').getAttribute('href'))); assert.match(copy.headers()['content-disposition'], /attachment/); assert.ok((await copy.body()).length > 500);
  await press(r, r.locator('button[value=accept]')); await r.fill('#to-authors', 'Falta la fuente del segundo punto.'); await press(r, r.locator('button[value=send]')); assert.equal(await r.inputValue('#to-authors'), 'Falta la fuente del segundo punto.'); await look(r, `${name}-review-wrong`);
  for (const mark of await r.locator('fieldset.marked').all()) await mark.locator('input').nth(3).check(); await r.check('input[name=verdict][value=revise]'); await press(r, r.locator('button[value=send]')); await look(r, `${name}-review-done`);

  await e.goto(`${base}/en/desk/pieces/${id}`); await e.check('input[value=revise]'); await e.check('input[name=template][value="2"]'); await press(e, button(e, '/decide')); await look(e, `${name}-decided`); await e.keyboard.press('u'); await e.waitForURL(/undone/); await e.check('input[value=revise]'); await e.check('input[name=template][value="2"]'); await press(e, button(e, '/decide'));
  await mailTo(ada); await p.goto(`${base}/ar/desk/pieces/${id}`); await look(p, `${name}-piece-ar`); assert.ok((await p.content()).includes('Falta la fuente')); assert.ok(!(await p.content()).includes('Rosa'), 'reviewers stay unnamed');
  await press(p, p.locator('a.act')); await p.fill('#text', text + '\n\nLa source du deuxième point.'); await press(p, p.locator('button[value=next]')); await p.goto(`${base}/ar/desk/pieces/${id}/edit/3`); await p.fill('#changes', 'Une source ajoutée.'); await press(p, p.locator('button[value=next]')); await look(p, `${name}-check-ar`); await press(p, button(p, '/send'));
  await mailTo(ada); await e.goto(`${base}/en/desk/pieces/${id}`); assert.equal(await e.locator('ins').count() > 0, true, 'the difference is shown'); await look(e, `${name}-difference`); await e.check('input[value=accept]'); await press(e, button(e, '/decide')); await mailTo(ada); await until('every mail once', () => true);

  const reader = await person({ js, width: 360 }), z = reader.page; await until('the piece is found', async () => { await z.goto(`${base}/zh/search?q=${mark}`); return (await z.locator('a[href*="/fr/academic-network/"]').count()) > 0; }); await press(z, z.locator('h2 a[href*="/fr/academic-network/"], h3 a[href*="/fr/academic-network/"]').first());
  await look(z, `${name}-published`); const quoted = await z.locator('.cite p').first().textContent(); assert.match(quoted, /Ada Exemple/); assert.match(quoted, /v1/); await z.goto(z.url().split('#')[0] + '#p3'); assert.ok(await z.locator('#p3').isVisible()); assert.ok((await z.locator('meta[name=citation_author]').getAttribute('content')) === 'Ada Exemple');
  for (const one of [author, reviewer, reader]) await one.ctx.close();
};

const STORIES = { 'an editor signs in with two proofs': signInEditor, 'a piece from the first word to the reader, with scripts': () => story(true, 'js'), 'the same by forms alone': () => story(false, 'forms'),
  // Typing, losing the line, closing the tab, and another tab that types at the same time, in any order: every
  // word that was typed is there at the end, in the draft or beside it.
  async 'evenings of typing lose no word'() {
    let seed = Number(option('seed', '20261129')); const chance = n => { seed = (seed * 1103515245 + 12345) % 2147483648; return Math.floor((seed / 2147483648) * n); };
    const { ctx, page: first } = await person({ js: true }); await first.goto(base + '/en/submit'); await first.fill('#title', 'Evenings'); await first.fill('#mail', 'eve@uni.example'); await press(first, button(first, '/submit')); const address = first.url().split('?')[0]; await first.close();
    const open = async () => { const page = await ctx.newPage(); page.on('pageerror', e => problems.push(String(e))); await page.goto(address); for (let left; (left = await page.locator('.note button:first-of-type').count().catch(() => 1)) > 0;) { await page.locator('.note button:first-of-type').first().click().catch(() => {}); await until('an offer less', async () => (await page.locator('.note button:first-of-type').count().catch(() => left)) < left); } return page; };
    const calm = page => until('the line at rest', async () => /^(Saved\.|Somebody)/.test(await page.locator('#saved').textContent()) || (await page.locator('#saved').textContent()) === '');
    const all = []; let typed = 0;
    for (let evening = 0; evening < Number(option('evenings', '6')); evening++) {
      let page = await open(), other = chance(3) === 0 ? await open() : null, offline = false; const said = [];
      for (let n = 0; n < 7; n++) {
        const act = chance(5), word = `w${evening}x${typed++}y`;
        if (act < 2) { await page.locator('#text').press('Control+End'); await page.locator('#text').pressSequentially(word + ' '); all.push(word); said.push('type'); if (chance(2)) await page.waitForTimeout(chance(900)); }
        else if (act === 2) { offline = !offline; await ctx.setOffline(offline); said.push(offline ? 'off' : 'on'); }
        else if (act === 3) { await page.close(); if (offline) { offline = false; await ctx.setOffline(false); } page = await open(); said.push('closed'); }
        else if (other) { await other.locator('#text').press('Control+End'); await other.locator('#text').pressSequentially(word + ' '); all.push(word); said.push('other'); }
      }
      await ctx.setOffline(false); await calm(page); if (other) { await calm(other); await other.close(); } await page.close();
      const last = await open(); await calm(last); const held = await last.inputValue('#text'); await last.goto(address.replace(/edit\/1$/, 'saves')); const beside = await last.locator('main').textContent(); const lost = all.filter(word => !held.includes(word) && !beside.includes(word));
      assert.deepEqual(lost, [], `evening ${evening}: ${said.join(' ')}`); await last.close();
    }
    assert.ok(all.length > 12, `${all.length} words`); await ctx.close();
  },
  // A device of the browser's own making holds the key; it knows who holds it.
  async 'a passkey is made, and signs in alone'() {
    const { page, ctx } = editor, cdp = await ctx.newCDPSession(page); await cdp.send('WebAuthn.enable'); await cdp.send('WebAuthn.addVirtualAuthenticator', { options: { protocol: 'ctap2', transport: 'internal', hasResidentKey: true, hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true } });
    await page.goto(base + '/en/desk/account'); await look(page, 'account'); await Promise.all([page.waitForURL(/saved/), page.locator('[data-make]').click()]); assert.equal(await page.locator('form[action$="passkeys/remove"]').count(), 1); await look(page, 'passkey-made');
    await page.goto(base + '/en/desk'); await press(page, button(page, '/sign-out')); await page.goto(base + '/en/desk/queue'); assert.match(page.url(), /sign-in/, 'signed out'); await look(page, 'sign-in-passkey');
    await Promise.all([page.waitForURL(/desk\/queue/), page.locator('[data-passkey]').click()]); assert.equal(await page.locator('h1').textContent(), "Editors' queue", 'where it was going, without a second proof');
  },
  // The provider is the certified library, on this machine: whoever asks gives a name there, and has an account
  // here once the two are connected.
  async 'somebody signs in at a provider elsewhere'() {
    const ctx = await browser.newContext({ javaScriptEnabled: false, viewport: { width: 1280, height: 900 } }), page = await ctx.newPage();
    const there = async () => { await press(page, page.locator('a[href*="/sign-in/with/elsewhere"]')); for (let n = 0; n < 3 && !page.url().startsWith(base); n++) { if (await page.locator('input[name=login]').count()) { await page.fill('input[name=login]', 'ida'); await page.fill('input[name=password]', 'x'); } await press(page, page.locator('button[type=submit], form button').first()); } };
    await page.goto(base + '/fr/sign-in'); await look(page, 'sign-in-providers'); await there(); assert.match(page.url(), /fr\/sign-in\?unknown=elsewhere/); await look(page, 'sign-in-unknown');
    await page.fill('#mail', 'ida@uni.example'); await press(page, page.locator('main form button').first()); await page.goto(linkIn(await mailTo('ida@uni.example'))); await press(page, page.locator('main form button')); await page.goto(base + '/fr/desk/account'); assert.ok((await page.content()).includes('ida of elsewhere')); await look(page, 'account-connect'); await press(page, button(page, '/connect')); await look(page, 'account-connected'); assert.equal(await page.locator('form[action$="/disconnect"]').count(), 1);
    await page.goto(base + '/fr/desk'); await press(page, button(page, '/sign-out')); await page.goto(base + '/ar/sign-in'); await look(page, 'sign-in-providers-ar'); await there(); assert.match(page.url(), /\/ar\/desk$/, 'let in, where the page was read'); await ctx.close();
  },
  async 'the pages of the desk, for their editors'() { const { page } = editor; for (const [path, name] of [['/en/desk/people', 'people'], ['/ar/desk/queue?stage=published', 'queue-ar'], ['/zh/desk/account', 'account-zh'], ['/en/desk/mails', 'mails'], ['/en/desk/log', 'log'], ['/en/desk/members', 'members'], ['/ar/desk/members', 'members-ar'], ['/ru/desk', 'desk-ru'], ['/zh/about/rights', 'rights-zh']]) { await page.goto(base + path); await look(page, name); } } };
let failed = 0;
for (const [name, told] of Object.entries(STORIES).filter(([name]) => name.includes(option('only', '')))) {
  try { await told(); console.log('ok   ' + name); } catch (e) { failed++; console.log('FAIL ' + name + '\n       ' + String(e.stack).split('\n').slice(0, 12).join('\n       ')); }
}
const doubled = mails.map(m => /^message-id: (.*)$/im.exec(m.raw)[1]).filter((id, at, all) => all.indexOf(id) !== at);
for (const [holds, what] of [[strangers.length === 0, 'nobody else was contacted: ' + strangers], [problems.length === 0, 'no script failed: ' + problems], [doubled.length === 0, 'no mail came twice'], [scripts <= 30_000, `scripts have ${scripts} bytes`]]) { console.log((holds ? 'ok   ' : 'FAIL ') + what); if (!holds) failed++; }
console.log(`${mails.length} mails, ${failed} failures`); await browser.close(); process.exit(failed ? 1 : 0);
