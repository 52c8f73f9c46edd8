import type { Browser } from 'playwright-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { TABS } from '../../renderer/views/route.ts';
import { violationsOf } from './axe.ts';
import { everyState } from './fake/fleet.ts';
import { isChromiumMissing, openPage, openPanel, switchOf, theBrowser, wordOf } from './open-panel.ts';
import { startRealEngine } from './real/engine.ts';
import { goTo, SCENES } from './scenes.ts';

/** Screens and details that stand open at the same time, each in a page of its own. */
const OPEN = ['/queues', '/queues/vm/1', '/map/vm/1', '/trace/vm/1', '/devices'];
const MINUTE_MS = 60_000;
/** While axe looks at a page, nobody looks at how fast its numbers move: as often as a rate needs them is enough. */
const TICK_MS = 500;

describe.skipIf(isChromiumMissing)('every screen', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await theBrowser();
  });

  // The first, for it waits most of the time: what comes after it is looked at meanwhile.
  it.concurrent(
    'open for a minute, with every part of the details, sends the front-end nothing at all',
    { timeout: 180_000 },
    async () => {
      await using engine = await startRealEngine();
      const first = await openPage(browser, `${engine.url}&${OPEN[0] ?? ''}`);
      const pages = [first];
      for (const at of OPEN.slice(1)) pages.push(await openPage(browser, `${engine.url}&${at}`));
      for (const key of ['vm/0', 'vm/1', 'vm/2', 'vm/3'])
        await wordOf(first.page, key).and(first.page.locator('[data-word=ACC]')).waitFor();
      await first.page.locator('tr[data-queue="vm/1"] [data-shape=diamond-filled]').waitFor();

      const shiftsOf = (): Promise<readonly string[]>[] =>
        pages.map(async (page) => (await page.watched()).shifts);
      const loaded = await Promise.all(shiftsOf());
      const before = await engine.received();
      const until = Date.now() + MINUTE_MS;
      for (let turn = 0; Date.now() < until; turn++) {
        const tab = TABS[turn % TABS.length] ?? 'overview';
        await pages[1]?.page.evaluate(
          (hash) => void (window.location.hash = hash),
          `#/queues/vm/1?tab=${tab}`,
        );
        await first.page.waitForTimeout(2_000);
      }
      expect((await engine.received()) - before).toBe(0);

      // The count counts: what an operator asks for does reach the front-end.
      await switchOf(first.page, 'vm/1').click();
      await wordOf(first.page, 'vm/1').and(first.page.locator('[data-word=SW]')).waitFor();
      expect((await engine.received()) - before).toBeGreaterThan(0);
      // Neither the minute nor the change, seen from every screen, moved anything that was there.
      expect(await Promise.all(shiftsOf())).toEqual(loaded);
      for (const page of pages) {
        expect(page.errors).toEqual([]);
        await page[Symbol.asyncDispose]();
      }
    },
  );

  it.concurrent.each(SCENES)(
    '$name: nothing for axe to object to on any screen in any theme',
    { timeout: 120_000 },
    async ({ picture, options, reach, views }) => {
      await using panel = await openPanel(browser, picture(), { tickMs: TICK_MS, ...options });
      await reach?.(panel);
      const found: string[] = [];
      for (const view of views) {
        await goTo(panel, view);
        for (const line of await violationsOf(panel.page, view.part)) found.push(`${view.at}, ${line}`);
      }
      expect(found, found.join('\n')).toEqual([]);
      expect((await panel.watched()).policy).toEqual([]);
      expect(panel.errors).toEqual([]);
    },
  );

  it('the switch is heard with what was wanted and what is so', async () => {
    await using panel = await openPanel(browser, everyState());
    const row = switchOf(panel.page, 'web-01/5');
    await row.waitFor();
    expect(await row.getAttribute('aria-label')).toBe('web-01 q5 tx accelerated');
    expect(await row.getAttribute('aria-checked')).toBe('true');
    const described = await row.evaluate((element) => {
      const id = element.getAttribute('aria-describedby') ?? '';
      const cell = document.getElementById(id);
      return `${cell?.textContent ?? ''} ${cell?.querySelector('[role=img]')?.getAttribute('aria-label') ?? ''}`;
    });
    expect(described).toBe('FELL BACK evidence: asked, acknowledged');
  });

  it('with reduced motion nothing is animated', async () => {
    await using panel = await openPanel(browser, everyState(), {
      reducedMotion: true,
      at: '/queues/web-01/0',
    });
    await panel.page.locator('.recharts-surface').waitFor();
    await switchOf(panel.page, 'lab/2').click();
    expect(
      await panel.page.evaluate(
        () => document.getAnimations().filter((one) => one.playState === 'running').length,
      ),
    ).toBe(0);
  });
});
