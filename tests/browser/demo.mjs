// The demo under test and a browser that shows a client certificate. Nothing here asserts.

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

const FLAGS = [
  '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync',
];

/** Root of the repository. */
export const root = fileURLToPath(new URL('../../', import.meta.url));

/** What `demo.json` says: url, clients by role set, the record of the fault. */
export const demo = JSON.parse(readFileSync(process.env.AURA_DEMO ?? `${root}target/demo/demo.json`, 'utf8'));

/** Source of axe, to be put into a page. */
export const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** A browser without a certificate of its own. */
export function launch() {
  return chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: FLAGS });
}

/** The demo's client with exactly these roles. */
export function clientOf(roles) {
  return demo.clients.find((client) => client.roles.join() === roles.join());
}

/** A browser context of the client with these roles; what goes wrong in its pages is gathered in `faults`. */
export async function contextOf(browser, roles, options = {}) {
  const client = clientOf(roles);
  const origin = new URL(demo.url).origin;
  const context = await browser.newContext({
    baseURL: demo.url,
    ignoreHTTPSErrors: true,
    clientCertificates: [{ origin, certPath: client.cert, keyPath: client.key }],
    locale: 'ru-RU',
    ...options,
  });
  context.setDefaultTimeout(20000);
  const faults = [];
  context.on('console', (message) => {
    if (message.type() === 'error') faults.push(`console at ${message.location().url}: ${message.text()}`);
  });
  context.on('weberror', (error) => faults.push(`error: ${error.error()}`));
  context.on('request', (request) => {
    const url = new URL(request.url());
    if (!['data:', 'blob:'].includes(url.protocol) && url.origin !== origin) faults.push(`request to ${url.origin}`);
  });
  return { context, faults };
}

/** Paths of the navigation that this client is shown. */
export async function navigation(page) {
  await page.goto('/me');
  const links = await page.locator('nav.side a[href^="/"]').evaluateAll((all) => all.map((a) => a.getAttribute('href')));
  return [...new Set(links.map((link) => link.split('?')[0]))];
}

/** Asks until the answer is there. */
export async function until(what, ask, seconds = 30) {
  for (const end = Date.now() + seconds * 1000; Date.now() < end; ) {
    const answer = await ask();
    if (answer) return answer;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new Error(`no ${what} within ${seconds} s`);
}
