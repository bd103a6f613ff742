#!/usr/bin/env node
// Browser audit of a running site.   node audit.mjs pages.json [--out out] [--only weight,axe,…] [--pages home,brief]
// Exit code: 0 = inside every budget, 1 = at least one failure, 2 = could not run.
import fs from 'node:fs'; import os from 'node:os'; import path from 'node:path'; import { createRequire } from 'node:module'; import { execSync } from 'node:child_process';
import { chromium } from 'playwright-core';
const require = createRequire(import.meta.url);
const AXE = fs.readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');

export const DEFAULTS = {
  chromium: process.env.CHROMIUM || execSync('command -v chromium').toString().trim(),
  flags: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--hide-scrollbars', '--force-color-profile=srgb'],
  viewports: [360, 768, 1280],
  schemes: ['light', 'dark'],
  // Chrome DevTools' "Slow 3G" preset: 500 kbit/s × 0.8 and 400 ms × 5 latency. `global` is Russell's 2017 baseline link (400 kbit/s, 400 ms).
  networks: { 'slow-3g': { kbps: 400, rtt: 2000 }, 'global': { kbps: 400, rtt: 400 } },
  cpuSlowdown: 4,
  axeTags: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
  checks: ['meta', 'weight', 'slow', 'axe', 'keyboard', 'nojs', 'reflow', 'rtl', 'motion', 'print', 'shots'],
  budgets: {
    totalKB: 60, htmlKB: 20, cssKB: 14, jsKB: 14, fontKB: 0, imageKB: 30, requests: 8, thirdParty: 0, repeatKB: 22, domNodes: 1500, htmlPlusCssFirstFlightKB: 14.6,
    slowFcpMs: { 'slow-3g': 9000, global: 2500 }, slowLcpMs: { 'slow-3g': 9000, global: 3000 }, cls: 0.02, tbtMs: 50,
    axeSerious: 0, axeModerate: 0, axeMinor: 0,  noJsTextRatio: 0.95, printPages: 12, h1TopPx: 330, tabsToSearch: 8,
  },
};
const KB = n => Math.round(n / 10.24) / 100;
const type = r => ({ Document: 'html', Stylesheet: 'css', Script: 'js', Font: 'font', Image: 'image', Fetch: 'xhr', XHR: 'xhr' }[r] || 'other');

async function open(browser, o = {}) {
  const { width = 1280, height = 900, scheme = 'light', js = true, reduced = false, contrast, forced, storageState, locale } = o;
  const ctx = await browser.newContext({ viewport: { width, height }, colorScheme: scheme, javaScriptEnabled: js, reducedMotion: reduced ? 'reduce' : 'no-preference', forcedColors: forced ? 'active' : 'none', contrast, storageState, locale, serviceWorkers: o.sw ? 'allow' : 'block' });
  const page = await ctx.newPage();
  page.problems = [];
  page.on('console', m => { if (m.type() === 'error') page.problems.push('console: ' + m.text().slice(0, 300)); });
  page.on('pageerror', e => page.problems.push('pageerror: ' + String(e).slice(0, 300)));
  page.on('requestfailed', r => { if (!/ERR_ABORTED/.test(r.failure()?.errorText || '')) page.problems.push('failed: ' + r.url() + ' ' + r.failure()?.errorText); });
  return { ctx, page };
}
async function track(page) {
  const cdp = await page.context().newCDPSession(page); await cdp.send('Network.enable'); const reqs = new Map();
  cdp.on('Network.requestWillBeSent', e => { if (!reqs.has(e.requestId)) reqs.set(e.requestId, { url: e.request.url, type: e.type, bytes: 0, decoded: 0 }); });
  cdp.on('Network.responseReceived', e => { const r = reqs.get(e.requestId); if (r) { r.type = e.type; r.status = e.response.status; r.cached = e.response.fromDiskCache || e.response.fromPrefetchCache; r.enc = e.response.headers['content-encoding']; r.cc = e.response.headers['cache-control']; } });
  cdp.on('Network.dataReceived', e => { const r = reqs.get(e.requestId); if (r) r.decoded += e.dataLength; });
  cdp.on('Network.loadingFinished', e => { const r = reqs.get(e.requestId); if (r) r.bytes = e.encodedDataLength; });
  return { cdp, list: () => [...reqs.values()].filter(r => /^https?:/.test(r.url)) };
}
// A page whose address is made anew for each site is found from one that leads there: `follow` has an expression for each step.
async function follow(p, base) {
  let url = new URL(p.path, base).href;
  for (const step of p.follow || []) { const found = (await (await fetch(url)).text()).match(new RegExp(step)); if (!found) throw new Error(`${p.name}: nothing on ${url} matches ${step}`); url = new URL(found[1], url).href; }
  return url;
}
// The pages have no scripts: when a page is loaded, nothing more comes.
const settle = async page => { await page.waitForLoadState('load').catch(() => {}); };

const CHECKS = {
  // <head>, language, headings, alternates, structured data, links that answer.
  async meta(x) {
    const { ctx, page } = await open(x.browser, { storageState: x.state }); const resp = await page.goto(x.url); await settle(page);
    const m = await page.evaluate(() => {
      const q = s => [...document.querySelectorAll(s)], hs = q('h1,h2,h3,h4,h5,h6').map(h => +h.tagName[1]);
      const ld = []; for (const s of q('script[type="application/ld+json"]')) { try { JSON.parse(s.textContent); ld.push('ok'); } catch (e) { ld.push('bad'); } }
      return { title: document.title, lang: document.documentElement.lang, dir: document.documentElement.dir || 'ltr', h1: q('h1').length, skips: hs.filter((h, i) => i && h > hs[i - 1] + 1).length, desc: document.querySelector('meta[name=description]')?.content || '',
        canonical: document.querySelector('link[rel=canonical]')?.href || '', alternates: q('link[rel=alternate][hreflang]').map(l => ({ lang: l.hreflang, href: l.href })), feeds: q('link[rel=alternate][type*=xml],link[rel=alternate][type*=json]').length, ld,
        main: q('main').length, skip: q('a[href^="#"]')[0]?.textContent.trim() || '', nodes: document.getElementsByTagName('*').length, inlineHandlers: q('*').filter(e => [...e.attributes].some(a => /^on/.test(a.name))).length, inlineStyle: q('[style]').length,
        emptyLinks: q('a[href=""],a[href="#"],a:not([href])').length, links: [...new Set(q('a[href]').map(a => new URL(a.getAttribute('href'), location.href).href).filter(h => h.startsWith(location.origin)).map(h => h.split('#')[0]))],
        missingFragments: q('a[href^="#"]').map(a => a.getAttribute('href').slice(1)).filter(id => id && id !== 'top' && !document.getElementById(decodeURIComponent(id))) };
    });
    const hdr = resp.headers(); m.status = resp.status(); m.csp = hdr['content-security-policy'] || ''; m.problems = page.problems;
    if (x.page.status ? m.status !== x.page.status : m.status >= 400) x.fail('meta', `status ${m.status}`);
    if (!m.title) x.fail('meta', 'no title'); if (m.h1 !== 1) x.fail('meta', `${m.h1} h1`); if (m.skips) x.fail('meta', `${m.skips} skipped heading levels`);
    if (!m.lang) x.fail('meta', 'no html lang'); if (/^(ar|fa|he|ur)/.test(m.lang) !== (m.dir === 'rtl')) x.fail('meta', `lang ${m.lang} with dir ${m.dir}`);
    if (m.main !== 1) x.fail('meta', `${m.main} main`); if (m.ld.includes('bad')) x.fail('meta', 'JSON-LD does not parse'); if (m.missingFragments.length) x.fail('meta', 'dead in-page links: ' + m.missingFragments.join(','));
    if (m.emptyLinks) x.fail('meta', `${m.emptyLinks} links without a target`); if (m.inlineHandlers) x.fail('meta', `${m.inlineHandlers} inline event handlers`); if (!m.csp) x.warn('meta', 'no Content-Security-Policy'); else if (/unsafe-inline|unsafe-eval/.test(m.csp)) x.warn('meta', 'CSP allows unsafe-inline/eval');
    if (!x.page.auth && x.page.status === undefined && !m.desc) x.warn('meta', 'no meta description');
    // The browser reports the error status of a page that is meant to have one.
    const expected = p => x.page.status && p.includes(`status of ${x.page.status}`);
    for (const p of m.problems) if (!expected(p)) x.fail('meta', p);
    if (x.page.status) x.linkSeen.add(x.url);
    if (x.cfg.linkCheck !== false) for (const l of m.links.slice(0, 80)) { if (x.linkSeen.has(l)) continue; x.linkSeen.add(l); const r = await ctx.request.get(l, { maxRedirects: 5 }).catch(() => null); if (!r || r.status() >= 400) x.fail('meta', `dead link ${l} (${r ? r.status() : 'no answer'})`); }
    // every hreflang alternate must point back
    for (const a of m.alternates) { if (a.lang === 'x-default' || a.href === x.url) continue; const r = await ctx.request.get(a.href).catch(() => null); if (!r || !r.ok()) x.fail('meta', `alternate ${a.lang} does not answer`); else if (!new RegExp(`<html[^>]*lang=["']?${a.lang}`).test(await r.text())) x.fail('meta', `alternate ${a.lang} is not in ${a.lang}`); }
    await ctx.close(); return m;
  },
  // Bytes over the wire, cold and repeat view.
  async weight(x) {
    const { ctx, page } = await open(x.browser, { width: 360, height: 740, storageState: x.state }); let t = await track(page); await page.goto(x.url); await settle(page);
    const sum = l => { const s = { total: 0, html: 0, css: 0, js: 0, font: 0, image: 0, xhr: 0, other: 0 }; for (const r of l) { s.total += r.bytes; s[type(r.type)] += r.bytes; } for (const k in s) s[k] = KB(s[k]); return s; };
    const cold = t.list(), host = new URL(x.url).host, w = { cold: sum(cold), requests: cold.length, decodedKB: KB(cold.reduce((a, r) => a + r.decoded, 0)), thirdParty: cold.filter(r => new URL(r.url).host !== host).map(r => r.url), uncompressed: cold.filter(r => /html|css|js/.test(type(r.type)) && !r.enc && r.decoded > 1400).map(r => r.url) };
    const p2 = await ctx.newPage(); const t2 = await track(p2); await p2.goto(x.url); await settle(p2); w.repeat = sum(t2.list()); w.nodes = await page.evaluate(() => document.getElementsByTagName('*').length); w.h1Top = await page.evaluate(() => { const h = document.querySelector('h1'); return h ? Math.round(h.getBoundingClientRect().top + scrollY) : null; }); x.limit('weight', 'h1 starts (px from top at 360 px wide)', w.h1Top, x.budgets.h1TopPx);
    w.files = cold.map(r => ({ url: r.url.replace(x.cfg.base, ''), type: type(r.type), kb: KB(r.bytes), enc: r.enc || '' })); const b = x.budgets;
    for (const [k, lim] of [['total', b.totalKB], ['html', b.htmlKB], ['css', b.cssKB], ['js', b.jsKB], ['font', b.fontKB], ['image', b.imageKB]]) x.limit('weight', `${k} KB`, w.cold[k], lim);
    x.limit('weight', 'requests', w.requests, b.requests); x.limit('weight', 'third-party requests', w.thirdParty.length, b.thirdParty); x.limit('weight', 'repeat-view KB', w.repeat.total, b.repeatKB); x.limit('weight', 'DOM nodes', w.nodes, b.domNodes);
    x.limit('weight', 'HTML+CSS KB (first flight)', Math.round((w.cold.html + w.cold.css) * 100) / 100, b.htmlPlusCssFirstFlightKB, true);
    for (const u of w.uncompressed) x.fail('weight', 'not compressed: ' + u);
    await ctx.close(); return w;
  },
  // Real (DevTools) throttling, CPU slowdown; FCP, LCP, CLS, long tasks.
  async slow(x) {
    const out = {};
    for (const [name, n] of Object.entries(x.cfg.networks)) for (let attempt = 1; attempt <= (x.cfg.slowRuns || 3); attempt++) { // best of up to three: a busy machine only ever adds time
      const { ctx, page } = await open(x.browser, { width: 360, height: 740, storageState: x.state }); const cdp = await ctx.newCDPSession(page);
      await cdp.send('Network.enable'); await cdp.send('Network.emulateNetworkConditions', { offline: false, latency: n.rtt, downloadThroughput: n.kbps * 125, uploadThroughput: n.kbps * 125 }); await cdp.send('Emulation.setCPUThrottlingRate', { rate: x.cfg.cpuSlowdown });
      await page.addInitScript(() => { window.__v = { lcp: 0, cls: 0, tbt: 0, lcpEl: '' };
        new PerformanceObserver(l => { for (const e of l.getEntries()) { __v.lcp = e.startTime; __v.lcpEl = e.element ? e.element.tagName + (e.element.className ? '.' + e.element.className : '') : ''; } }).observe({ type: 'largest-contentful-paint', buffered: true });
        new PerformanceObserver(l => { for (const e of l.getEntries()) if (!e.hadRecentInput) __v.cls += e.value; }).observe({ type: 'layout-shift', buffered: true });
        new PerformanceObserver(l => { for (const e of l.getEntries()) __v.tbt += Math.max(0, e.duration - 50); }).observe({ type: 'longtask', buffered: true }); });
      await page.goto(x.url, { timeout: 90000 }); await page.waitForLoadState('load', { timeout: 90000 }); await page.waitForFunction(() => __v.lcp > 0, null, { timeout: 15000 }).catch(() => {}); await page.waitForTimeout(600);
      let v = await page.evaluate(() => { const nav = performance.getEntriesByType('navigation')[0], f = performance.getEntriesByName('first-contentful-paint')[0]; return { ttfb: Math.round(nav.responseStart), fcp: f ? Math.round(f.startTime) : null, lcp: Math.round(__v.lcp), lcpEl: __v.lcpEl, dcl: Math.round(nav.domContentLoadedEventEnd), load: Math.round(nav.loadEventEnd), cls: Math.round(__v.cls * 1000) / 1000, tbt: Math.round(__v.tbt) }; });
      const b = x.budgets; if (!out[name] || v.lcp < out[name].lcp) out[name] = v; await ctx.close(); if (attempt < (x.cfg.slowRuns || 3) && (out[name].fcp > b.slowFcpMs?.[name] || out[name].lcp > b.slowLcpMs?.[name])) continue; v = out[name]; x.limit('slow', `${name} FCP ms`, v.fcp, b.slowFcpMs[name]); x.limit('slow', `${name} LCP ms`, v.lcp, b.slowLcpMs[name]); x.limit('slow', `${name} CLS`, v.cls, b.cls); x.limit('slow', `${name} TBT ms`, v.tbt, b.tbtMs, true); break;
    }
    return out;
  },
  // axe in every scheme × two widths, plus forced colours.
  async axe(x) {
    const seen = new Map(), runs = []; let incomplete = new Map();
    const modes = []; for (const scheme of x.cfg.schemes) for (const width of [360, 1280]) modes.push({ scheme, width }); modes.push({ scheme: 'light', width: 1280, contrast: 'more' });
    for (const m of modes) {
      const { ctx, page } = await open(x.browser, { ...m, height: 900, storageState: x.state, reduced: true }); await page.goto(x.url); await settle(page);
      if (x.page.actions) await act(page, x.page.actions);
      await page.evaluate(AXE);
      const r = await page.evaluate(tags => axe.run(document, { runOnly: { type: 'tag', values: tags }, resultTypes: ['violations', 'incomplete'] }), x.cfg.axeTags);
      const label = `${m.scheme}/${m.width}${m.contrast ? '/contrast-more' : ''}`; runs.push(label);
      for (const v of r.violations) { const k = v.id; const e = seen.get(k) || { id: v.id, impact: v.impact, help: v.help, tags: v.tags.filter(t => /^wcag\d/.test(t)), nodes: new Set(), modes: [] }; v.nodes.forEach(n => e.nodes.add(n.target.join(' '))); e.modes.push(label); seen.set(k, e); }
      const sv = await page.evaluate(svgContrast); if (sv.length) x.fail('axe', `SVG text contrast [${label}]: ${sv.slice(0, 4).join(', ')}${sv.length > 4 ? ' … ' + sv.length : ''}`);
      for (const v of r.incomplete) incomplete.set(v.id, (incomplete.get(v.id) || 0) + v.nodes.length);
      await ctx.close();
    }
    const violations = [...seen.values()].map(v => ({ ...v, nodes: [...v.nodes].slice(0, 8) })); const c = { critical: 0, serious: 0, moderate: 0, minor: 0 }; for (const v of violations) c[v.impact]++;
    const b = x.budgets; const over = (c.critical + c.serious > b.axeSerious) || c.moderate > b.axeModerate || c.minor > b.axeMinor;
    if (over) for (const v of violations) x.fail('axe', `${v.impact} ${v.id}: ${v.help} [${v.modes.join(', ')}] ${v.nodes.slice(0, 3).join(' | ')}`);
    return { runs, counts: c, violations, incomplete: Object.fromEntries(incomplete) };
  },
  // Tab through the page like a person without a mouse.
  async keyboard(x) {
    const { ctx, page } = await open(x.browser, { width: 1280, storageState: x.state, reduced: true }); await page.goto(x.url); await settle(page); const steps = []; let wrapped = false;
    const total = await page.evaluate(() => [...document.querySelectorAll('a[href],button,input,select,textarea,summary,[tabindex]:not([tabindex="-1"]),iframe,audio[controls],video[controls],[contenteditable]')].filter(e => !e.disabled && e.type !== 'hidden' && e.checkVisibility({ visibilityProperty: true }) && !e.closest('[inert]')).length);
    for (let i = 0; i < Math.min(total + 15, 400); i++) {
      await page.keyboard.press('Tab');
      const s = await page.evaluate(() => {
        const e = document.activeElement; if (!e || e === document.body) return null; const r = e.getBoundingClientRect(), cs = getComputedStyle(e), cx = Math.min(Math.max(r.left + r.width / 2, 0), innerWidth - 1), cy = Math.min(Math.max(r.top + r.height / 2, 0), innerHeight - 1);
        const rects = [...e.getClientRects()]; const hit = rects.some(q => { const t = document.elementFromPoint(Math.min(Math.max(q.left + q.width / 2, 0), innerWidth - 1), Math.min(Math.max(q.top + q.height / 2, 0), innerHeight - 1)); return t && (t === e || e.contains(t) || t.contains(e) || t.tagName === 'LABEL'); });
        const look = () => { const c = getComputedStyle(e); return [c.outlineStyle !== 'none' ? c.outlineWidth + c.outlineColor : '', c.boxShadow, c.backgroundColor, c.borderColor, c.borderWidth, c.textDecorationLine, c.textDecorationThickness, c.color].join('|'); };
        const on = look(); e.blur(); const off = look(); e.focus({ preventScroll: true, focusVisible: true });
        window.__ids = window.__ids || new WeakMap(); window.__n = window.__n || 0; if (!window.__ids.has(e)) window.__ids.set(e, ++window.__n);
        return { id: window.__ids.get(e), tag: e.tagName.toLowerCase(), name: (e.getAttribute('aria-label') || e.textContent || e.name || e.title || '').trim().replace(/\s+/g, ' ').slice(0, 50), href: e.getAttribute('href') || '', type: e.type || '', w: Math.round(r.width), h: Math.round(r.height), offscreen: r.bottom < 0 || r.top > innerHeight, obscured: !hit, indicator: on !== off || cs.outlineStyle !== 'none', tabindex: e.tabIndex, visible: r.width > 0 && r.height > 0 };
      });
      if (!s) { wrapped = true; if (steps.length) break; continue; }
      if (steps.length && s.id === steps[0].id) { wrapped = true; break; } if (steps.length > 2 && s.id === steps.at(-1).id && s.id === steps.at(-2).id) { x.fail('keyboard', `focus is trapped at ${s.tag} “${s.name}”`); break; }
      steps.push(s);
    }
    x.limit('keyboard', 'Tab presses to the search box', steps.findIndex(s => s.type === 'search') + 1, x.budgets.tabsToSearch); const noInd = steps.filter(s => !s.indicator), obs = steps.filter(s => s.obscured && s.visible), posTab = steps.filter(s => s.tabindex > 0), search = steps.findIndex(s => s.type === 'search'), skip = steps[0];
    for (const s of noInd.slice(0, 5)) x.fail('keyboard', `no visible focus on ${s.tag} “${s.name}”`); for (const s of obs.slice(0, 5)) x.fail('keyboard', `focused ${s.tag} “${s.name}” is covered or off screen (2.4.11)`); if (posTab.length) x.fail('keyboard', `${posTab.length} positive tabindex`);
    const isSkip = skip && skip.href.length > 1 && skip.href.startsWith('#') && await page.evaluate(id => !!document.getElementById(id), skip.href.slice(1)); if (!isSkip) x.fail('keyboard', `first Tab stop is not a skip link but ${skip ? skip.tag + ' “' + skip.name + '”' : 'nothing'}`);
    if (steps.length + 2 < total && !wrapped) x.fail('keyboard', `only ${steps.length} of ${total} focusable elements reached`);
    // Enter on the skip link must move focus into <main>
    if (isSkip) { await page.reload(); await settle(page); await page.keyboard.press('Tab'); await page.keyboard.press('Enter'); await page.keyboard.press('Tab'); const inMain = await page.evaluate(() => !!document.activeElement?.closest('main') || document.activeElement === document.querySelector('main') || !document.querySelector('main a[href], main button, main input')); if (!inMain) x.fail('keyboard', 'skip link does not lead into main'); }
    await ctx.close(); return { total, reached: steps.length, wrapped, tabsToSearch: search < 0 ? null : search + 1, noIndicator: noInd.length, obscured: obs.length, order: steps.slice(0, 40).map(s => `${s.tag}:${s.name}`) };
  },
  // The same text and a working form with scripts off; nothing dead on screen.
  async nojs(x) {
    const text = async js => { const { ctx, page } = await open(x.browser, { js, width: 360, height: 740, storageState: x.state }); await page.goto(x.url); await settle(page); const t = await page.locator((await page.locator('main').count()) ? 'main' : 'body').first().innerText(), hrefs = await page.locator('a[href]:visible').evaluateAll(as => as.map(a => a.getAttribute('href'))); const dead = js ? [] : await page.locator('button:visible').evaluateAll(bs => bs.filter(b => !(b.form && b.type === 'submit') && !b.hasAttribute('popovertarget') && !b.hasAttribute('commandfor') && !b.closest('summary,details > summary') && b.type !== 'reset').map(b => b.textContent.trim())).catch(() => []); if (!js && x.cfg.shotDir) await page.screenshot({ path: path.join(x.cfg.shotDir, `${x.page.name}-360-nojs.png`), fullPage: true }); await ctx.close(); return { t: t.replace(/\s+/g, ' ').trim(), dead, hrefs }; };
    const a = await text(true), b = await text(false); const words = s => new Set(s.toLowerCase().split(/[^\p{L}\p{N}]+/u).filter(Boolean)); const A = words(a.t), B = words(b.t); let hit = 0; for (const w of A) if (B.has(w)) hit++; const ratio = A.size ? Math.round(hit / A.size * 1000) / 1000 : 1;
    if (ratio < x.budgets.noJsTextRatio) x.fail('nojs', `only ${Math.round(ratio * 100)}% of the words are there without JavaScript`); if (b.dead.length) x.fail('nojs', 'buttons that do nothing without JavaScript: ' + b.dead.join(', '));
    const lost = [...new Set(a.hrefs)].filter(h => !b.hrefs.includes(h)); if (lost.length) x.fail('nojs', `${lost.length} links exist only with JavaScript: ${lost.slice(0, 4).join(', ')}`); return { ratio, dead: b.dead, lostLinks: lost };
  },
  // 320 px, 200 % text, WCAG text spacing: no sideways scrolling, nothing clipped.
  async reflow(x) {
    const out = {}; const probe = () => { const se = document.scrollingElement, over = se.scrollWidth - innerWidth; const bad = [], clipped = []; const scroller = e => { for (let p = e; p && p !== document.body; p = p.parentElement) { const o = getComputedStyle(p); if (/(auto|scroll)/.test(o.overflowX)) return true; } return false; };
      if (over > 1) for (const e of document.body.querySelectorAll('*')) { const r = e.getBoundingClientRect(); if (r.width && (r.right > innerWidth + 1 || r.left < -1) && !scroller(e)) bad.push(e.tagName.toLowerCase() + (e.className && e.className.baseVal === undefined ? '.' + String(e.className).split(' ')[0] : '')); }
      for (const e of document.body.querySelectorAll('*')) { if (!e.childNodes.length || ![...e.childNodes].some(n => n.nodeType === 3 && n.data.trim())) continue; const c = getComputedStyle(e), r = e.getBoundingClientRect(); if (r.width < 4 || /(^|\s)(visually-hidden|sr-only|vh)(\s|$)/.test(String(e.className))) continue; if (/(hidden|clip)/.test(c.overflowX + c.overflowY) && (e.scrollWidth > e.clientWidth + 2 || e.scrollHeight > e.clientHeight + 2) && c.webkitLineClamp === 'none') clipped.push(e.tagName.toLowerCase() + '.' + String(e.className).split(' ')[0]); }
      return { over: Math.max(0, over), bad: [...new Set(bad)].slice(0, 6), clipped: [...new Set(clipped)].slice(0, 6) }; };
    for (const [name, width, css] of [['320px', 320, ''], ['200% text', 640, 'html{font-size:200% !important}'], ['text-spacing', 360, '*{line-height:1.5 !important;letter-spacing:.12em !important;word-spacing:.16em !important} p{margin-block-end:2em !important}']]) {
      const { ctx, page } = await open(x.browser, { width, height: 800, storageState: x.state }); await page.goto(x.url); await settle(page);
      if (css) await page.evaluate(c => { const s = new CSSStyleSheet(); s.replaceSync(c); document.adoptedStyleSheets = [...document.adoptedStyleSheets, s]; }, css);
      await page.waitForTimeout(120); const r = await page.evaluate(probe); out[name] = r; if (r.over > 1) x.fail('reflow', `${name}: scrolls sideways by ${r.over}px (${r.bad.join(', ')})`); if (r.clipped.length) x.fail('reflow', `${name}: clipped text in ${r.clipped.join(', ')}`);
      await ctx.close();
    }
    return out;
  },
  // Force dir=rtl on a left-to-right page: layout must mirror, never overflow. Also lists physical CSS properties.
  async rtl(x) {
    const { ctx, page } = await open(x.browser, { width: 360, height: 740, storageState: x.state }); await page.goto(x.url); await settle(page); await page.evaluate(() => { document.documentElement.dir = 'rtl'; }); await page.waitForTimeout(100);
    const over = await page.evaluate(() => document.scrollingElement.scrollWidth - innerWidth); const phys = await page.evaluate(() => { const bad = {}; const re = /^(margin|padding|border)-(left|right)|^(left|right)$|^text-align$|^float$|^clear$|^border-(top|bottom)-(left|right)-radius$/; const own = new Set();
      const walk = rs => { for (const r of rs) { if (r.cssRules) walk(r.cssRules); if (r.style) { const txt = r.cssText; for (const m of txt.matchAll(/(?:^|[;{\s])((?:margin|padding|border)-(?:left|right)(?:-\w+)?|left|right|float|clear|text-align)\s*:\s*([^;}]+)/g)) { const p = m[1], v = m[2].trim(); if ((p === 'float' || p === 'clear' || p === 'text-align') && !/^(left|right)$/.test(v)) continue; own.add(r.selectorText + ' { ' + p + ': ' + v + ' }'); } } } };
      for (const s of document.styleSheets) { try { walk(s.cssRules); } catch { } } return [...own]; });
    if (over > 1) x.fail('rtl', `dir=rtl scrolls sideways by ${over}px`); if (phys.length) x.warn('rtl', `${phys.length} physical CSS declarations: ${phys.slice(0, 4).join(' ; ')}`);
    await ctx.close(); return { over: Math.max(0, over), physical: phys };
  },
  // prefers-reduced-motion must leave nothing moving; without it nothing may move for more than 5 s by itself.
  async motion(x) {
    const count = async reduced => { const { ctx, page } = await open(x.browser, { reduced, storageState: x.state }); await page.goto(x.url); await settle(page); const n = await page.evaluate(() => document.getAnimations().filter(a => a.playState === 'running' && (a.effect?.getComputedTiming().duration || 0) > 1).length); const inf = await page.evaluate(() => document.getAnimations().filter(a => a.effect?.getComputedTiming().iterations === Infinity).length); const sb = await page.evaluate(() => getComputedStyle(document.documentElement).scrollBehavior); await ctx.close(); return { n, inf, sb }; };
    const r = await count(true), n = await count(false); if (r.n) x.fail('motion', `${r.n} animations run under prefers-reduced-motion`); if (r.sb === 'smooth') x.fail('motion', 'smooth scrolling under prefers-reduced-motion'); if (n.inf) x.warn('motion', `${n.inf} endless animations`); return { reduced: r, normal: n };
  },
  async print(x) {
    const { ctx, page } = await open(x.browser, { storageState: x.state, scheme: 'dark' }); await page.goto(x.url); await settle(page); await page.emulateMedia({ media: 'print' });
    const r = await page.evaluate(() => { const vis = s => [...document.querySelectorAll(s)].filter(e => e.checkVisibility() && e.getBoundingClientRect().height > 1).length; const bg = getComputedStyle(document.body).backgroundColor, fg = getComputedStyle(document.body).color; return { nav: vis('nav'), forms: vis('form'), buttons: vis('button'), bg, fg }; });
    const pdf = await page.pdf({ format: 'A4', tagged: true, outline: true }).catch(() => null); r.pdfKB = pdf ? KB(pdf.length) : null; r.pages = pdf ? (pdf.toString('latin1').match(/\/Type\s*\/Page[^s]/g) || []).length : null;
    if (x.page.reading) { if (r.nav) x.fail('print', `${r.nav} nav printed`); if (r.forms) x.fail('print', `${r.forms} forms printed`); if (r.buttons) x.fail('print', `${r.buttons} buttons printed`); const lum = c => { const m = (c.match(/[\d.]+/g) || []).map(Number); return m.length === 4 && m[3] === 0 ? 255 : m[0]; }; if (lum(r.bg) < 200) x.fail('print', 'prints a dark background: ' + r.bg); x.limit('print', 'pages', r.pages, x.budgets.printPages); }
    await ctx.close(); return r;
  },
  async shots(x) {
    const files = []; const dirs = x.page.rtlShot === false ? [''] : ['']; for (const scheme of x.cfg.schemes) for (const width of x.cfg.viewports) for (const d of x.page.forceRtl ? ['', 'rtl'] : dirs) { const { ctx, page } = await open(x.browser, { width, height: width < 500 ? 740 : 900, scheme, reduced: true, storageState: x.state }); await page.goto(x.url); await settle(page); if (d) await page.evaluate(() => { document.documentElement.dir = 'rtl'; }); if (x.page.actions) await act(page, x.page.actions); const f = `${x.page.name}-${width}-${scheme}${d ? '-rtl' : ''}.png`; await page.screenshot({ path: path.join(x.cfg.shotDir, f), fullPage: true }); files.push(f); await ctx.close(); } return files;
  },
};
// axe does not judge text inside SVG: compare each <text> fill with the shape (or page) under its centre.
const svgContrast = () => {
  const rgb = c => { const m = (c || '').match(/[\d.]+/g); return m ? m.map(Number) : null; }, lum = ([r, g, b]) => { const f = v => { v /= 255; return v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4; }; return .2126 * f(r) + .7152 * f(g) + .0722 * f(b); }, ratio = (a, b) => { const [x, y] = [lum(a), lum(b)].sort((p, q) => q - p); return (x + .05) / (y + .05); };
  const bgOf = e => { for (let p = e; p; p = p.parentElement) { const c = rgb(getComputedStyle(p).backgroundColor); if (c && (c.length < 4 || c[3] > .5)) return c; } return matchMedia('(prefers-color-scheme: dark)').matches && getComputedStyle(document.documentElement).colorScheme.includes('dark') ? [18, 18, 18] : [255, 255, 255]; };
  const bad = []; for (const t of document.querySelectorAll('svg text')) { if (!t.textContent.trim()) continue; t.scrollIntoView({ block: 'center' }); const r = t.getBoundingClientRect(); if (!r.width) continue; const fill = rgb(getComputedStyle(t).fill); if (!fill) continue; const under = document.elementsFromPoint(r.left + r.width / 2, r.top + r.height / 2).find(e => e !== t && !t.contains(e) && e.ownerSVGElement && /^(circle|rect|path|ellipse|polygon)$/.test(e.tagName) && rgb(getComputedStyle(e).fill) && getComputedStyle(e).fill !== 'none'); const bg = under ? rgb(getComputedStyle(under).fill) : bgOf(t.ownerSVGElement.parentElement); const q = ratio(fill, bg), px = parseFloat(getComputedStyle(t).fontSize) * (r.height / (t.getBBox().height || r.height)); if (q < (px >= 24 ? 3 : 4.5)) bad.push(`“${t.textContent.trim().slice(0, 20)}” ${q.toFixed(1)}:1`); } return bad; };
async function act(page, actions) { for (const [verb, sel, val] of actions) { if (verb === 'fill') await page.fill(sel, val); else if (verb === 'type') await page.locator(sel).pressSequentially(val, { delay: 20 }); else if (verb === 'press') await page.keyboard.press(sel); else if (verb === 'click') await page.click(sel); else if (verb === 'wait') await page.waitForTimeout(+sel); } await settle(page); }

export async function run(config, opt = {}) {
  const cfg = { ...DEFAULTS, ...config, budgets: { ...DEFAULTS.budgets, ...config.budgets } }; const outDir = path.resolve(opt.out || cfg.out || 'out'); cfg.shotDir = path.join(outDir, 'shots'); fs.mkdirSync(cfg.shotDir, { recursive: true });
  const browser = await chromium.launch({ executablePath: cfg.chromium, args: cfg.flags }); const version = browser.version(); const states = {};
  for (const [role, l] of Object.entries(cfg.logins || {})) { const { ctx, page } = await open(browser); await page.goto(new URL(l.path, cfg.base).href); for (const [sel, val] of Object.entries(l.fields)) await page.fill(sel, val); await Promise.all([page.waitForLoadState('load'), page.click(l.submit)]); await settle(page); states[role] = await ctx.storageState(); await ctx.close(); }
  const results = [], linkSeen = new Set(); const only = opt.only || cfg.checks; const t0 = Date.now();
  // Two at a time: much of a page's time is waiting (for a slow network, for what may still move).
  const queue = cfg.pages.filter(p => !opt.pages || opt.pages.includes(p.name));
  const auditAll = async () => { for (let p; (p = queue.shift());) await audit(p); };
  const audit = async p => {
    const res = { name: p.name, path: p.path, checks: {}, failures: [], warnings: [], ms: {} }; const budgets = { ...cfg.budgets, ...p.budgets };
    const x = { cfg, browser, page: p, url: await follow(p, cfg.base), budgets, linkSeen, state: p.auth ? states[p.auth] : undefined, fail: (c, m) => res.failures.push(`${c}: ${m}`), warn: (c, m) => res.warnings.push(`${c}: ${m}`), limit: (c, n, v, lim, soft) => { if (lim !== undefined && lim !== null && v !== null && v > lim) (soft ? x.warn : x.fail)(c, `${n} ${v} > ${lim}`); } };
    for (const c of only) { if (p.skip?.includes(c)) continue; const t = Date.now(); try { res.checks[c] = await CHECKS[c](x); } catch (e) { x.fail(c, 'could not run: ' + String(e.message || e).split('\n')[0]); } res.ms[c] = Date.now() - t; }
    results.push(res); if (!opt.quiet) console.log(`${res.failures.length ? 'FAIL' : 'ok  '} ${p.name.padEnd(22)} ${p.path}` + (res.checks.weight ? `  ${res.checks.weight.cold.total} KB/${res.checks.weight.requests} req` : '')); if (!opt.quiet) for (const f of res.failures) console.log('       ✗ ' + f);
  };
  await Promise.all([auditAll(), auditAll()]);
  const place = r => cfg.pages.findIndex(p => p.name === r.name); results.sort((a, b) => place(a) - place(b));
  // titles must differ
  const titles = new Map(); for (const r of results) { const t = r.checks.meta?.title; if (!t) continue; if (titles.has(t) && titles.get(t) !== r.path) r.warnings.push(`meta: same title as ${titles.get(t)}`); titles.set(t, r.path); }
  await browser.close(); const report = { when: new Date().toISOString(), hostLoad: os.loadavg().map(n => Math.round(n * 10) / 10), chromium: version, base: cfg.base, seconds: Math.round((Date.now() - t0) / 1000), failures: results.reduce((a, r) => a + r.failures.length, 0), results };
  fs.writeFileSync(path.join(outDir, 'report.json'), JSON.stringify(report, null, 1)); fs.writeFileSync(path.join(outDir, 'report.md'), markdown(report)); return report;
}
export function markdown(r) {
  const cell = (v, d = '–') => (v === undefined || v === null ? d : v); const L = [`# UX audit of ${r.base}`, '', `${r.when} · Chromium ${r.chromium} · ${r.results.length} pages in ${r.seconds} s · **${r.failures} failures**`, '', '| page | KB cold | html | css | js | font | img | req | KB repeat | slow-3G FCP/LCP s | axe c/s/m/m | keyboard | no-JS | fails |', '|---|---|---|---|---|---|---|---|---|---|---|---|---|---|'];
  for (const p of r.results) { const w = p.checks.weight, s = p.checks.slow?.['slow-3g'], a = p.checks.axe?.counts, k = p.checks.keyboard, n = p.checks.nojs; L.push(`| ${p.name} | ${cell(w?.cold.total)} | ${cell(w?.cold.html)} | ${cell(w?.cold.css)} | ${cell(w?.cold.js)} | ${cell(w?.cold.font)} | ${cell(w?.cold.image)} | ${cell(w?.requests)} | ${cell(w?.repeat.total)} | ${s ? (s.fcp / 1000).toFixed(1) + '/' + (s.lcp / 1000).toFixed(1) : '–'} | ${a ? [a.critical, a.serious, a.moderate, a.minor].join('/') : '–'} | ${k ? k.reached + '/' + k.total : '–'} | ${n ? Math.round(n.ratio * 100) + '%' : '–'} | ${p.failures.length} |`); }
  for (const p of r.results) if (p.failures.length || p.warnings.length) { L.push('', `## ${p.name} — ${p.path}`); for (const f of p.failures) L.push(`- ✗ ${f}`); for (const f of p.warnings) L.push(`- ⚠ ${f}`); }
  return L.join('\n') + '\n';
}
if (import.meta.url === 'file://' + path.resolve(process.argv[1])) {
  const argv = process.argv.slice(2), file = argv.find(a => !a.startsWith('--')), arg = n => { const i = argv.indexOf('--' + n); return i < 0 ? undefined : argv[i + 1]; };
  if (!file) { console.error('usage: node audit.mjs pages.json [--base URL] [--out DIR] [--only weight,axe,…] [--pages a,b]'); process.exit(2); }
  try { const cfg = JSON.parse(fs.readFileSync(file, 'utf8')); if (arg('base')) cfg.base = arg('base'); const r = await run(cfg, { out: arg('out'), only: arg('only')?.split(','), pages: arg('pages')?.split(',') }); console.log(`${r.failures} failures, ${r.results.length} pages, ${r.seconds} s`); process.exit(r.failures ? 1 : 0); } catch (e) { console.error(e); process.exit(2); }
}
