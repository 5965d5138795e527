// The pages as people meet them: each set of roles, with and without script, light and dark, wide and narrow.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { after, before, test } from 'node:test';
import { axe, contextOf, demo, launch, navigation, root, until } from './demo.mjs';

const users = demo.clients.map(({ roles }) => roles).filter((roles) => roles.includes('User'));
let turn = 0;
/** Roles of the next client that is a user: the recorder gives one certificate few connections at a time. */
const user = () => users[turn++ % users.length];
const pictures = `${root}target/pictures`;
let browser;

before(async () => {
  browser = await launch();
  mkdirSync(pictures, { recursive: true });
});
after(() => browser?.close());

/** Runs `body` in a page of the client with these roles. */
async function as(roles, options, body) {
  const { context, faults } = await contextOf(browser, roles, options);
  try {
    await body(await context.newPage(), faults, context);
  } finally {
    await context.close();
  }
}

/** Runs `body` for each item, a few at a time: a page waits more than it works. */
async function each(items, body) {
  const queue = [...items];
  const work = async () => {
    while (queue.length > 0) await body(queue.shift());
  };
  await Promise.all([work(), work(), work()]);
}

/** Asks again when the page made itself anew in between, as the state page does at each record. */
async function settled(page, ask) {
  for (let left = 5; ; left -= 1) {
    try {
      return await ask();
    } catch (error) {
      if (left === 0 || !/context was destroyed|interrupted by another|ERR_ABORTED/.test(error.message)) throw error;
      // The page's own way first: asked in the middle of it, the next attempt would be cut off, too.
      await page.waitForLoadState('networkidle', { timeout: 1000 }).catch(() => {});
    }
  }
}

/** Newest records by the JSON API. */
async function records(context) {
  const answer = await context.request.get('/api/v1/records?limit=50');
  assert.equal(answer.status(), 200);
  return (await answer.json()).data.items;
}

/** All pages that a user may read, a record's own pages included. */
async function readable(page) {
  return [...(await navigation(page)), `/records/${demo.record.id}`, `/records/${demo.record.id}/report`, '/start'];
}

test('a browser without a certificate gets no page', async () => {
  const context = await browser.newContext({ ignoreHTTPSErrors: true });
  try {
    await assert.rejects((await context.newPage()).goto(demo.url), /ERR_(BAD_SSL_CLIENT_AUTH_CERT|SOCKET_NOT_CONNECTED|SSL_CLIENT_AUTH_CERT_NEEDED|CONNECTION_)/);
  } finally {
    await context.close();
  }
});

test('each of the 16 sets of roles opens its navigation without a fault', async () => {
  assert.equal(demo.clients.length, 16);
  await each(demo.clients, async ({ roles }) => {
    await as(roles, {}, async (page, faults, context) => {
      const paths = await navigation(page);
      assert.ok(paths.includes('/') && paths.includes('/records'), `${roles}: ${paths}`);
      const journal = roles.includes('User') || roles.includes('Administrator');
      assert.equal(paths.includes('/journal'), journal, `${roles}: ${paths}`);
      for (const path of paths) {
        const answer = await context.request.get(path);
        assert.equal(answer.status(), 200, `${roles} ${path}`);
        assert.equal((await answer.text()).match(/<h1/g)?.length, 1, `${roles} ${path}`);
      }
      await page.goto('/');
      assert.deepEqual(faults, [], `${roles}`);
    });
  });
});

test('what a role does not give is refused by its name', async () => {
  await as(['Operator'], {}, async (page) => {
    for (const path of ['/journal', '/start']) {
      const answer = await page.goto(path);
      assert.equal(answer.status(), 403, path);
      assert.match(await page.locator('main').innerText(), /Пользователь АУРА/, path);
    }
  });
});

test('no page breaks the content security policy or asks another host', async () => {
  await as(user(), {}, async (page, faults) => {
    for (const path of await readable(page)) {
      const answer = await page.goto(path);
      const policy = (await answer.allHeaders())['content-security-policy'] ?? '';
      assert.match(policy, /default-src 'none'/, path);
      assert.doesNotMatch(policy, /unsafe-|\*|https?:/, path);
      await page.waitForLoadState('load');
    }
    assert.deepEqual(faults, []);
  });
});

test('pages are complete without script', async () => {
  await as(user(), { javaScriptEnabled: false }, async (page) => {
    await page.goto('/analog');
    const rows = await page.locator('main tr[data-validity]').allInnerTexts();
    assert.ok(rows.length >= 16, `${rows.length} rows`);
    assert.ok(rows.every((row) => /\d/.test(row)), rows.join('\n'));
    await page.goto('/records');
    const name = demo.record.name;
    assert.ok((await page.locator('main').innerText()).length > 0);
    assert.ok(await page.locator(`main a[href*="/records/${demo.record.id}"]`).count(), name);
    await page.goto(`/records/${demo.record.id}/report`);
    assert.match(await page.locator('main').innerText(), new RegExp(demo.record.pickups[0].name.replace(/[^\p{L}\d ]/gu, '.')));
  });
});

test('live values move', async () => {
  await as(user(), {}, async (page) => {
    await page.goto('/analog');
    const cells = page.locator('main [data-live]');
    const first = await cells.allInnerTexts();
    assert.ok(first.length >= 16, `${first.length} live cells`);
    await until('change of a value', async () => (await cells.allInnerTexts()).join() !== first.join());
  });
});

test('the button Пуск makes a record', async () => {
  await as(user(), {}, async (page, faults, context) => {
    const reason = `browser test ${process.pid}`;
    await page.goto('/');
    await page.locator('header details.start summary').click();
    await page.locator('#header-reason').fill(reason);
    await page.locator('header details.start button[type="submit"]').click();
    await page.locator('main .banner.done').waitFor();
    const made = await until('record of the manual start', async () => {
      const all = await records(context);
      return all.find((record) => record.state === 'complete' && record.pickups.some(({ name }) => name === reason));
    });
    assert.equal(made.pickups[0].cause, 'manual', JSON.stringify(made));
    // The record's own page makes itself anew when the record is whole.
    await settled(page, () => page.goto('/records'));
    await page.locator(`main a[href="/records/${made.id}"]`).first().click();
    await page.locator('main h1').filter({ hasText: String(made.id) }).waitFor();
    assert.ok((await page.locator('main').innerText()).includes(reason));
    assert.deepEqual(faults, []);
  });
});

test('a record is downloaded whole', async () => {
  await as(user(), {}, async (page) => {
    await page.goto(`/records/${demo.record.id}`);
    const link = page.locator('main a[href$="/file/zip"]').first();
    const [download] = await Promise.all([page.waitForEvent('download'), link.click()]);
    assert.match(download.suggestedFilename(), /\.zip$/);
    const path = `${tmpdir()}/aura-browser-${process.pid}.zip`;
    await download.saveAs(path);
    const listed = execFileSync('unzip', ['-t', path], { encoding: 'utf8' });
    for (const end of ['.cfg', '.dat', 'ru.txt']) assert.ok(listed.includes(end), `${end}: ${listed}`);
  });
});

test('no serious violation of accessibility, light and dark', async () => {
  await each(['light', 'dark'], async (colorScheme) => {
    await as(user(), { colorScheme, bypassCSP: true }, async (page) => {
      for (const path of await readable(page)) {
        const { violations } = await settled(page, async () => {
          await page.goto(path);
          await page.evaluate(axe);
          return page.evaluate(() => globalThis.axe.run());
        });
        const serious = violations.filter(({ impact }) => ['serious', 'critical'].includes(impact));
        const told = serious.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).slice(0, 3)}`);
        assert.deepEqual(told, [], `${path} ${colorScheme}`);
      }
    });
  });
});

test('every page fits its window, in both languages and themes, and is pictured', async () => {
  const windows = [[1440, 900], [1024, 768], [390, 844]];
  const looks = [['ru', 'light'], ['en', 'dark']];
  if (process.env.AURA_ALL_PICTURES) looks.push(['ru', 'dark'], ['en', 'light']);
  const all = windows.flatMap(([width, height]) => looks.map(([lang, colorScheme]) => ({ width, height, lang, colorScheme })));
  await each(all, async ({ width, height, lang, colorScheme }) => {
    await as(user(), { colorScheme, viewport: { width, height } }, async (page) => {
      for (const path of await readable(page)) {
        await settled(page, async () => {
          await page.goto(`${path}?lang=${lang}`);
          assert.equal(await page.locator('html').getAttribute('lang'), lang, path);
          const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
          assert.ok(wide <= 0, `${path} is ${wide} px wider than ${width}`);
          if (lang === 'en') await untranslated(page, path);
        });
        const name = path.replace(/^\/records\/\d+/, '/record').slice(1).replaceAll('/', '-') || 'status';
        await page.screenshot({ path: `${pictures}/${name}-${width}-${colorScheme}-${lang}.png`, fullPage: true });
      }
    });
  });
});

/** Fails when a heading, a label or a word of the frame is Russian in an English page; names from the settings may be. */
async function untranslated(page, path) {
  const words = await page.locator('h1, h2, thead th, dt, nav.side a:not([lang]), button, label, .banner').allInnerTexts();
  const russian = words.filter((word) => /\p{Script=Cyrillic}/u.test(word));
  assert.deepEqual(russian, [], `${path} in English`);
}
